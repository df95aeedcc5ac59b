import { writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { loadFactory } from "../../config/load";
import {
  loadMinimal,
  minimalFactory,
  type Raw,
  withFolder,
} from "../../tools/fixtures/factory-file";

function refusalOf(file: string): string {
  return withFolder({ file }, (path) => {
    try {
      loadFactory(path);
      return "";
    } catch (error) {
      return (error as Error).message.replaceAll(path, "factory.yaml");
    }
  });
}

test("refuses a file that isn't there, and says where it looks", () => {
  expect(() => loadFactory("none.yaml")).toThrow(
    /^none\.yaml can't be read: run in the folder that holds it, or set FACTORY_CONFIG to its path$/,
  );
});

test("refuses what isn't YAML, with line and column", () => {
  expect(refusalOf("organization: {\n  id: [")).toMatch(/^factory\.yaml has 2 problems:\n {2}2:8 /);
});

test("refuses an empty file", () => {
  expect(refusalOf("")).toBe(
    "factory.yaml has 1 problem:\n  must hold organization, state, tags, defaults, sharedAccount, images, containers, appAccounts, ci, got: null",
  );
});

test("refuses a file of another shape", () => {
  expect(refusalOf("- a\n- b\n")).toContain("appAccounts, ci, got: a list of 2");
});

test("refuses a repeated key, with line and column", () => {
  expect(refusalOf("tags: {}\ntags: {}\n")).toBe(
    "factory.yaml has 1 problem:\n  2:1 Map keys must be unique",
  );
});

test("refuses an unknown tag, with line and column", () => {
  expect(refusalOf("tags: !env HOME\n")).toContain("1:7 Unresolved tag: !env");
});

test("refuses two documents in one file", () => {
  expect(refusalOf("a: 1\n---\nb: 2\n")).toContain("Source contains multiple documents");
});

test("refuses a bomb of aliases without exploding", () => {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const reference = level === 0 ? '"lol"' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(9).fill(reference).join(",")}]`;
  });
  expect(refusalOf(levels.join("\n"))).toBe(
    "factory.yaml repeats itself through too many aliases (*name): write out what they stand for",
  );
});

test("follows aliases that are in order", () => {
  const text = stringify(minimalFactory());
  const regions = /regions:\n +eu-west-1: \{\}/g;
  const aliased = text
    .replace(regions, "regions: &regions { eu-west-1: {} }")
    .replace(/(&regions.*)&regions \{[^\n]*/s, "$1*regions");
  expect(aliased).toContain("*regions");
  withFolder({ file: minimalFactory() }, (path) => {
    writeFileSync(path, aliased);
    expect(loadFactory(path).apps[0]?.regions).toEqual([{ name: "eu-west-1" }]);
  });
});

test("takes one anchor that is used by hundreds of images", () => {
  const file = minimalFactory();
  const names = Array.from({ length: 200 }, (_, index) => `image-${index}`);
  for (const name of names) file.images[name] = file.images.web;
  expect(loadMinimal((f) => Object.assign(f, file)).shared.images).toHaveLength(202);
});

test("refuses __proto__ as a key", () => {
  expect(refusalOf("images:\n  __proto__: {}\n")).toBe(
    "factory.yaml has 1 problem:\n  __proto__ can't be a key",
  );
});

describe("fills in", () => {
  const image = (bend?: (file: Raw) => unknown, name = "base") =>
    loadMinimal(bend).shared.images.find((entry) => entry.name === name);

  test("an instance type, a volume, an AMI name, Regions, tests and a schedule", () => {
    expect(image()).toMatchObject({
      instanceTypes: ["t3.medium"],
      rootVolume: { device: "/dev/xvda", type: "gp3" },
      amiName: "base-{{ imagebuilder:buildDate }}",
      amiTags: {},
      regions: ["eu-west-1"],
      testsEnabled: true,
      scan: false,
      schedule: { expression: "cron(0 2 ? * sun *)", timezone: "Etc/UTC", onlyOnUpdates: false },
    });
    expect(image()?.retainBuilds).toBeUndefined();
  });

  test("a schedule for app images a day later, that runs when the parent has moved", () => {
    expect(loadMinimal().apps[0]?.images[0]?.schedule).toEqual({
      expression: "cron(0 6 ? * mon *)",
      timezone: "Etc/UTC",
      onlyOnUpdates: true,
    });
  });

  test("no schedule where it is manual", () => {
    expect(image((f) => (f.images.base.schedule = { manual: true }))?.schedule).toBeUndefined();
  });

  test("a channel's policy", () => {
    expect(image()?.channels).toEqual([
      {
        name: "stable",
        audience: { kind: "organization" },
        keep: 3,
        bakeHours: 0,
        approval: "automatic",
      },
    ]);
  });

  test("the file's defaults under an image, which may override", () => {
    const bend = (f: Raw) => {
      f.defaults = {
        instanceTypes: ["m6i.large"],
        rootVolume: { sizeGib: 50, type: "gp3", throughputMibps: 250 },
      };
      f.images.web.rootVolume = { sizeGib: 80 };
    };
    expect(image(bend)).toMatchObject({
      instanceTypes: ["m6i.large"],
      rootVolume: { sizeGib: 50, throughputMibps: 250 },
    });
    expect(image(bend, "web")?.rootVolume).toEqual({
      device: "/dev/xvda",
      type: "gp3",
      sizeGib: 80,
      throughputMibps: 250,
    });
  });

  test("the root device of a golden parent", () => {
    const bend = (f: Raw) => {
      f.images.base.parent = { awsManaged: "ubuntu-server-24-lts-x86" };
      f.images.base.rootVolume = { device: "/dev/sda1" };
    };
    expect(image(bend, "web")?.rootVolume.device).toBe("/dev/sda1");
    expect(loadMinimal(bend).apps[0]?.images[0]?.rootVolume.device).toBe("/dev/sda1");
  });

  test("Windows's root device", () => {
    const bend = (f: Raw) =>
      (f.images.win = {
        ...f.images.web,
        platform: "Windows",
        parent: { ssm: "/windows" },
        components: [{ awsManaged: "update-windows" }],
      });
    expect(image(bend, "win")?.rootVolume.device).toBe("/dev/sda1");
  });

  test("protection and an hourly updater", () => {
    expect(loadMinimal()).toMatchObject({ protect: true, updater: { schedule: "rate(1 hour)" } });
  });
});

test("reads documents relative to the file", () => {
  const component = loadMinimal().shared.images[0]?.components[1];
  expect(component).toMatchObject({
    kind: "document",
    document: { name: "agent", description: "An agent" },
  });
});
