import { formatAge } from "../../../cli/day-two/age";

test.each([
  [0, "0 h"],
  [47.4, "47 h"],
  [48, "2 days"],
  [60, "3 days"],
])("formatAge renders %d hours as %s", (hours, text) => {
  expect(formatAge(hours)).toBe(text);
});
