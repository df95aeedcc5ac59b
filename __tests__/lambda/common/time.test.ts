import { hoursBetween } from "../../../lambda/common/time";

test("hoursBetween returns the hours between two times in milliseconds", () => {
  expect(hoursBetween(1_800_000, 9_000_000)).toBe(2);
});
