import { isSameBuild, newestFirst, versionOf } from "../../contract/build-arn";
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

test("versionOf returns the version of builds, images and recipes", () => {
  const arn = "arn:aws:imagebuilder:eu-west-1:111111111111";
  for (const resource of ["image/base/1.0.3/2", "image/base/1.0.3", "image-recipe/base/1.0.3"])
    expect(versionOf(`${arn}:${resource}`)).toBe("1.0.3");
  expect(versionOf("ami-1")).toBe("");
});

test("isSameBuild compares Region, account, version and build number", () => {
  const arn = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.3/2";
  expect(isSameBuild(arn, arn)).toBe(true);
  for (const [part, other] of [
    ["eu-west-1", "us-east-1"],
    ["111111111111", "222222222222"],
    ["base", "web"],
    ["1.0.3", "1.0.4"],
    ["3/2", "3/1"],
  ] as const)
    expect(isSameBuild(arn, arn.replace(part, other))).toBe(false);
  const managed = arn.replace("111111111111", "aws");
  expect(isSameBuild(managed, arn)).toBe(true);
  expect(isSameBuild(arn, managed)).toBe(true);
});
