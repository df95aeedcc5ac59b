import {
  architectureOf,
  BASE_IMAGES,
  baseImage,
  defaultInstanceType,
} from "../../../config/aws/base-images";
import { ManagedName } from "../../../config/schema/primitives";
import { loadMinimal } from "../../../tools/fixtures/factory-file";

test("BASE_IMAGES contains each name once, in the form that factory.yaml accepts", () => {
  const names = BASE_IMAGES.map(({ name }) => name);
  expect(names.filter((name) => !ManagedName.safeParse(name).success)).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test.each(BASE_IMAGES)(
  "BASE_IMAGES gives $name the platform, architecture and root device that its name implies",
  ({ name, platform, architecture, device, minSizeGib, workingDirectory }) => {
    expect(platform).toBe(
      name.startsWith("windows-") ? "Windows" : name.startsWith("macos-") ? "macOS" : "Linux",
    );
    expect(architecture).toBe(name.endsWith("-arm64") ? "arm64" : "x86_64");
    expect(device).toBe(name.startsWith("amazon-linux-") ? "/dev/xvda" : "/dev/sda1");
    expect(workingDirectory).toBe(platform === "Windows" ? "C:/" : "/tmp");
    expect(minSizeGib ?? 8).toBeGreaterThanOrEqual(
      platform === "macOS" ? 60 : platform === "Windows" ? 30 : 8,
    );
    expect(architectureOf(defaultInstanceType(platform, architecture))).toBe(architecture);
  },
);

test.each(BASE_IMAGES)(
  "an image on $name needs no platform, root device or instance type",
  ({ name, platform, device, architecture }) => {
    const factory = loadMinimal((f) => {
      const component = { arn: "arn:aws:imagebuilder:eu-west-1:111111111111:component/any/1.0.0" };
      f.images = {
        base: { parent: { awsManaged: name }, version: "1.0", components: [component] },
      };
      f.images.child = { parent: { golden: "base" }, version: "1.0", components: [component] };
      f.appAccounts = {};
    });
    for (const image of factory.shared.images) {
      expect(image).toMatchObject({ platform, rootVolume: { device } });
      expect(image.instanceTypes.map(architectureOf)).toEqual([architecture]);
    }
  },
);

test.each([
  ["t3.medium", "x86_64"],
  ["m6i.large", "x86_64"],
  ["g5.xlarge", "x86_64"],
  ["g4dn.xlarge", "x86_64"],
  ["u-6tb1.metal", "x86_64"],
  ["mac1.metal", "x86_64"],
  ["t4g.small", "arm64"],
  ["c7gn.large", "arm64"],
  ["im4gn.large", "arm64"],
  ["g5g.xlarge", "arm64"],
  ["a1.large", "arm64"],
  ["mac2-m2pro.metal", "arm64"],
  ["mac-m4.metal", "arm64"],
])("architectureOf(%s) is %s", (type, architecture) =>
  expect(architectureOf(type)).toBe(architecture),
);

test("baseImage returns undefined for a name that isn't in the table", () => {
  expect(baseImage("centos-stream-10-x86")).toBeUndefined();
  expect(baseImage("constructor")).toBeUndefined();
});
