import * as fc from "fast-check";
import { MAX_VERSION_NODE } from "../../contract/build-arn";
import {
  isGoldenWatermark,
  parseWatermark,
  watermarkKey,
  watermarkName,
} from "../../contract/watermark";
import { propertySeed } from "../../tools/fixtures/property-runs";

const PREFIX = "arn:aws:imagebuilder:eu-west-1:111111111111:image";

test("watermarkName contains the name, version and build number of a build", () => {
  expect(watermarkName(`${PREFIX}/amazon-linux-2023/1.0.3/2`)).toBe(
    "golden/amazon-linux-2023/1.0.3/2",
  );
  expect(watermarkKey(`${PREFIX}/base/1.0.3/2`)).toBe("111111111111:golden/base/1.0.3/2");
});

test("watermarkName cuts names over 79 characters, and adds a hash of the whole name", () => {
  const name = "a".repeat(80);
  const mark = watermarkName(`${PREFIX}/${name}/1.0.3/2`);
  expect(mark).toBe(`golden/${"a".repeat(70)}-${mark.slice(78, 86)}/1.0.3/2`);
  expect(mark).toMatch(/-[0-9a-f]{8}\/1\.0\.3\/2$/);
  expect(mark).not.toBe(watermarkName(`${PREFIX}/${name}a/1.0.3/2`));
  expect(watermarkName(`${PREFIX}/${"a".repeat(79)}/1.0.3/2`)).toContain("a".repeat(79));
});

test("the name of a watermark is one that EC2 accepts, and is read back as it was written", () => {
  const node = fc.integer({ min: 0, max: 999_999_999 });
  const last = fc.integer({ min: 0, max: MAX_VERSION_NODE });
  const name = fc.stringMatching(/^[a-z0-9]{3,126}$/);
  fc.assert(
    fc.property(name, fc.tuple(node, node, last), last, (image, version, build) => {
      const arn = `${PREFIX}/${image}/${version.join(".")}/${build}`;
      expect(watermarkName(arn)).toMatch(/^[\w()[\] ./'@-]{3,128}$/);
      expect(parseWatermark(watermarkKey(arn))?.build).toBe(`${version.join(".")}/${build}`);
      if (image.length <= 79) expect(parseWatermark(watermarkKey(arn))?.image).toBe(image);
    }),
    { seed: propertySeed() },
  );
});

test.each([
  "111111111111:golden/base",
  "111111111111:golden/base/1.0/2",
  "111111111111:approved",
  "golden/base/1.0.0/1",
])("parseWatermark doesn't read %s", (key) => {
  expect(parseWatermark(key)).toBeUndefined();
});

test("isGoldenWatermark accepts only the prefix and the account", () => {
  expect(isGoldenWatermark("111111111111:golden/base/1.0.0/1", "111111111111")).toBe(true);
  expect(isGoldenWatermark("222222222222:golden/base/1.0.0/1", "111111111111")).toBe(false);
  expect(isGoldenWatermark("111111111111:other", "111111111111")).toBe(false);
});
