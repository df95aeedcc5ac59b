import { newestFirst } from "../../contract/build-arn";
import { arnOf } from "../../tools/fixtures/fake-aws";

test("newestFirst compares versions and build numbers as numbers", () => {
  const arns = [
    arnOf("1.0.9", 1),
    arnOf("1.0.10", 1),
    arnOf("2.0.0", 1),
    arnOf("1.0.10", 11),
    arnOf("1.0.10", 2),
  ];
  expect(arns.sort(newestFirst)).toEqual([
    arnOf("2.0.0", 1),
    arnOf("1.0.10", 11),
    arnOf("1.0.10", 2),
    arnOf("1.0.10", 1),
    arnOf("1.0.9", 1),
  ]);
});
