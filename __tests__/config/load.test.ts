import fs, { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { loadFactory, readFactory } from "../../config/load";
import {
  loadMinimal,
  minimalFactory,
  type Raw,
  withFolder,
} from "../../tools/fixtures/factory-file";

function errorOf(file: string): string {
  return withFolder({ file }, (path) => {
    try {
      loadFactory(path);
      return "";
    } catch (error) {
      return (error as Error).message.replaceAll(path, "factory.yaml");
    }
  });
}

test("readFactory rejects a file that doesn't exist and names the path", () => {
  expect(() => loadFactory("none.yaml")).toThrow(
    /^none\.yaml doesn't exist: run the command in the folder that contains it, or set FACTORY_CONFIG to its path$/,
  );
});

test("readFactory rejects a folder", () => {
  withFolder({ file: minimalFactory() }, (path) => {
    const folder = dirname(path);
    expect(() => readFactory(folder)).toThrow(
      `${folder} is a folder: set FACTORY_CONFIG to the path of the factory file in it`,
    );
  });
});

test("readFactory rejects a file without read permission", () => {
  const denied = Object.assign(new Error("EACCES"), { code: "EACCES" });
  jest.spyOn(fs, "readFileSync").mockImplementationOnce(() => {
    throw denied;
  });
  expect(() => readFactory("factory.yaml")).toThrow(
    "factory.yaml can't be read: permission denied. Give your user read permission, for example with `chmod u+r`",
  );
});

test("readFactory reports the error of the file system for a file that can't be read", () => {
  const failed = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
  jest.spyOn(fs, "readFileSync").mockImplementationOnce(() => {
    throw failed;
  });
  expect(() => readFactory("factory.yaml")).toThrow(
    "factory.yaml can't be read: EIO: i/o error, read",
  );
});

test.each([
  ["a NUL character", "tags: { a: b\0 }\n", "1:13 is a NUL character: remove it"],
  [
    "line endings of CR alone",
    "# Tags\rtags: {}\r",
    "1:1 must have lines that end with LF or CRLF, not with CR alone",
  ],
  ["a tab as indentation", "tags:\n\ta: b\n", "2:1 must be indented with spaces, not with tabs"],
  [
    "a character that looks like a space",
    "state:\n  backend: local\n\u00A0\u00A0bucket: b\ntags: {}\n",
    "3:1 must be a plain space: this character only looks like one",
  ],
  [
    "a colon without a space",
    "state:\n  backend:s3\n  bucket: b\n",
    "2:11 must be separated from the key by a space: write 'backend: …'",
  ],
  ["a missing quote", 'tags:\n  a: "b\nstate: {}\n', '2:6 is a text without its closing ": add it'],
  [
    "a missing single quote",
    "tags:\n  a: 'b\nstate: {}\n",
    "2:6 is a text without its closing ': add it",
  ],
  [
    "a missing brace",
    "tags: { a: b\nstate: {}\n",
    "2:1 ends a map without its closing }: add it, or indent what belongs to the map",
  ],
  [
    "a missing bracket",
    "regions: [a\nstate: {}\n",
    "2:1 ends a list without its closing ]: add it, or indent what belongs to the list",
  ],
  ["a missing brace at the end", "{ a: b", "1:7 ends a map without its closing }: add it"],
  ["a missing bracket at the end", "[a", "1:3 ends a list without its closing ]: add it"],
  [
    "a - without a space",
    "list:\n  -{ a: b }\n  - { a: c }\n",
    "3:1 is read by YAML as an item of a list in the middle of a text: write a space after each - that starts an item, and correct its indentation",
  ],
  [
    "a key of an item that is indented like the list",
    "list:\n  - a: b\n   c: d\n",
    "3:1 is read by YAML as the end of a list: indent it like the keys of the item that it belongs to",
  ],
  [
    "a comment without a space",
    'tags: "a"#b\n',
    "1:10 is read by YAML as a comment: write a space before #, or quote the text",
  ],
  [
    "a text in the line of its |",
    "tags: |text\n  more\n",
    "1:8 must end the line: the text that belongs to it starts in the next line",
  ],
  [
    "a backslash in double quotes",
    'tags: { a: "C:\\data" }\n',
    "1:15 isn't an escape sequence of YAML: write \\\\ for a backslash, or use single quotes",
  ],
  ["a brace too many", "tags: { a: b }}\n", "1:15 closes a map that isn't open: remove it"],
  ["a bracket too many", "tags: ]\n", "1:7 closes a list that isn't open: remove it"],
])("readFactory rejects %s with line and column", (_what, text, line) => {
  expect(errorOf(text)).toBe(`factory.yaml has 1 problem:\n  factory.yaml:${line}`);
});

test.each([
  ["a byte order mark", (text: string) => `\uFEFF${text}`],
  ["Windows line endings", (text: string) => text.replaceAll("\n", "\r\n")],
])("readFactory accepts a file with %s", (_what, change) => {
  withFolder({ file: minimalFactory() }, (path) => {
    writeFileSync(path, change(stringify(minimalFactory())));
    expect(readFactory(path).shared.images).toHaveLength(2);
  });
});

test("readFactory rejects invalid YAML with line and column", () => {
  expect(errorOf("organization: {\n  id: [")).toMatch(
    /^factory\.yaml has 1 problem:\n {2}factory\.yaml:2:8 /,
  );
});

test("readFactory rejects an empty file", () => {
  expect(errorOf("")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:1:1 must not be empty: start with organization:",
  );
});

test("readFactory rejects a file that isn't a map", () => {
  expect(errorOf("- a\n- b\n")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:1:1 must contain organization, state, sharedAccount, got: a list of 2",
  );
});

test("readFactory rejects a repeated key with line and column", () => {
  expect(errorOf("tags: {}\ntags: {}\n")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:2:1 is a key that is set twice: remove one of them",
  );
});

test("readFactory rejects an unknown YAML tag with line and column", () => {
  expect(errorOf("tags: !env HOME\n")).toContain(
    "factory.yaml:1:7 must not have the YAML tag !env: remove it, or quote the text",
  );
});

test("readFactory rejects two YAML documents in one file", () => {
  expect(errorOf("a: 1\n---\nb: 2\n")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:2:1 starts a second YAML document: a file must contain one, so move it to another file",
  );
});

test("readFactory rejects an undefined alias", () => {
  expect(errorOf("tags: *tags\n")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:1:7 must be quoted, because YAML reads it as an alias of &tags, which doesn't exist: write '*tags'",
  );
});

test.each([
  ["<<: text", "1:1"],
  ["<<:", "1:1"],
  ["x-a: &a {}\nimages: { one: { <<: [*a, text] } }", "2:18"],
])("readFactory rejects %s, which merges something else than a map", (text, position) => {
  expect(errorOf(`${text}\n`)).toBe(
    `factory.yaml has 1 problem:\n  factory.yaml:${position} must merge a map, or a list of maps, such as <<: *name`,
  );
});

test.each([
  ["in a map", "images:\n  base:\n    version: '1.0'\n    platfrom: Linux\n", "4:5 images.base:"],
  ["at the top level", "tags: {}\nimage: {}\n", "2:1"],
  ["after a byte order mark", "\uFEFFimage: {}\n", "1:1"],
])("readFactory reports the line and column of an unknown key %s", (_where, text, position) => {
  expect(errorOf(text)).toContain(`\n  factory.yaml:${position} unknown key '`);
});

test("readFactory rejects Git conflict markers", () => {
  expect(errorOf("<<<<<<< HEAD\ntags: {}\n=======\n>>>>>>> x\n")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:1:1 is a Git conflict marker: resolve the conflict",
  );
});

test("readFactory rejects a file that isn't UTF-8", () => {
  withFolder({ file: minimalFactory() }, (path) => {
    writeFileSync(path, Buffer.from("tags: { owner: M\u00fcller }\n", "latin1"));
    expect(() => readFactory(path)).toThrow(/factory\.yaml must be UTF-8 text: save it as UTF-8$/);
  });
});

test("readFactory reports the line and column of a value, and of the nearest key above a missing one", () => {
  const { organization, ...rest } = minimalFactory();
  rest.images.base.version = "1";
  delete rest.images.web.parent;
  const text = stringify(rest);
  const lineOf = (content: string, from = 0) =>
    text.slice(0, text.indexOf(content, from)).split("\n").length;
  expect(errorOf(text).split("\n").slice(1)).toEqual([
    "  factory.yaml:1:1 organization: is missing, must contain id, managementAccountId",
    `  factory.yaml:${lineOf('version: "1"')}:14 images.base.version: must be "major.minor" in quotes, without leading zeros, such as "1.0", got: "1"`,
    expect.stringMatching(
      new RegExp(`^  factory\\.yaml:${lineOf("web:") + 1}:5 images\\.web\\.parent: is missing`),
    ),
  ]);
  expect(organization).toBeDefined();
});

test("readFactory rejects aliases that expand without end", () => {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const reference = level === 0 ? '"lol"' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(9).fill(reference).join(",")}]`;
  });
  expect(errorOf(levels.join("\n"))).toMatch(
    /^factory\.yaml has 1 problem:\n {2}factory\.yaml:9:\d+ has YAML aliases \(\*name\) that expand to too much content: replace them with the values that they stand for$/,
  );
});

test("readFactory follows aliases", () => {
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

test("readFactory accepts one anchor that hundreds of images use", () => {
  const file = minimalFactory();
  const names = Array.from({ length: 200 }, (_, index) => `image-${index}`);
  for (const name of names) file.images[name] = file.images.web;
  expect(loadMinimal((f) => Object.assign(f, file)).shared.images).toHaveLength(202);
});

test("readFactory merges maps with <<, and ignores keys at the top level that start with x-", () => {
  const { images, ...rest } = minimalFactory();
  const text = `${stringify(rest)}
x-defaults: &defaults
  parent: { awsManaged: amazon-linux-2023-x86 }
  version: "1.0"
  components: [{ awsManaged: update-linux }]
images:
  base: { <<: *defaults, share: ${JSON.stringify(images.base.share)} }
  newer: { <<: *defaults, version: "2.0" }
`;
  withFolder({ file: text }, (path) => {
    const { shared } = readFactory(path);
    expect(shared.images.map(({ name, majorMinor }) => `${name} ${majorMinor}`)).toEqual([
      "base 1.0",
      "newer 2.0",
    ]);
  });
});

describe("parameters of components and workflows", () => {
  /** A factory file with the parameter as it is written. */
  const withParameter = (value: string): string =>
    stringify(minimalFactory()).replace("Path: /opt", `Path: ${value}`);

  test.each(["7", "1.5", "true"])("can be %s without quotes", (value) => {
    withFolder({ file: withParameter(value) }, (path) => {
      const [image] = readFactory(path).shared.images;
      expect(image?.components.map(({ parameters }) => parameters)).toContainEqual({ Path: value });
    });
  });

  test.each([
    ["007", "7"],
    ["1.10", "1.1"],
    ["1e3", "1000"],
    ["0x1F", "31"],
    ["True", "true"],
  ])("must be quoted if they are %s, which YAML changes", (value, got) => {
    expect(errorOf(withParameter(value))).toContain(
      `images.base.components[1].parameters.Path: must be a string (in quotes if it is a number, true or false), got: ${got}`,
    );
  });
});

test("readFactory rejects __proto__ as a key", () => {
  expect(errorOf("images:\n  __proto__: {}\n")).toBe(
    "factory.yaml has 1 problem:\n  factory.yaml:2:3 __proto__ can't be a key",
  );
});

describe("defaults", () => {
  const image = (bend?: (file: Raw) => unknown, name = "base") =>
    loadMinimal(bend).shared.images.find((entry) => entry.name === name);

  test("readFactory fills in instance type, volume, AMI name, Regions, tests and schedule of an image", () => {
    expect(image()).toMatchObject({
      instanceTypes: ["t3.medium"],
      rootVolume: { device: "/dev/xvda", type: "gp3" },
      amiName: "base-{{ imagebuilder:buildDate }}",
      amiTags: {},
      regions: ["eu-west-1"],
      enabled: true,
      testsEnabled: true,
      scan: false,
      keepFailedInstances: false,
      enhancedMetadata: true,
      schedule: { expression: "cron(0 2 ? * sun *)", timezone: "Etc/UTC", onlyOnUpdates: false },
    });
    expect(image()?.retain).toBeUndefined();
  });

  const appImage = (bend?: (image: Raw) => unknown) =>
    loadMinimal((f) => bend?.(Object.values<Raw>(f.appAccounts.payments.images)[0])).apps[0]
      ?.images[0];

  test("readFactory builds an image with a range of golden parents every month, and when its parent has a newer build", () => {
    expect(appImage()).toMatchObject({
      followParent: {},
      schedule: { expression: "cron(0 4 1 * ? *)", timezone: "Etc/UTC", onlyOnUpdates: false },
    });
    expect(image(undefined, "web")).toMatchObject({
      followParent: {},
      schedule: { expression: "cron(0 4 1 * ? *)" },
    });
  });

  test("readFactory builds a golden image below one that is built every month only with it, unless the parent isn't built or isn't in its range", () => {
    const schedulesWith = (change: (f: Raw) => unknown = () => undefined) => {
      const { shared, apps } = loadMinimal((f) => {
        f.images.api = { ...f.images.web, parent: { golden: "web" } };
        f.images.leaf = { ...f.images.web, parent: { golden: "api", version: "1.x.x" } };
        const { images } = f.appAccounts.payments;
        f.images.leaf.share = f.images.base.share;
        images["payments-web"].parent = { golden: "leaf" };
        change(f);
      });
      return Object.fromEntries(
        [...shared.images, ...(apps[0]?.images ?? [])].map(({ name, schedule }) => [
          name,
          schedule?.onlyOnUpdates,
        ]),
      );
    };
    const monthly = { web: false, "payments-web": false };
    expect(schedulesWith()).toMatchObject({ ...monthly, api: true, leaf: true });
    expect(schedulesWith((f) => (f.images.leaf.parent.version = "2.x.x"))).toMatchObject({
      ...monthly,
      api: true,
      leaf: false,
    });
    for (const change of [
      { schedule: { manual: true } },
      { schedule: { expression: "rate(100 days)" } },
      { enabled: false },
      { followParent: false },
    ])
      expect(schedulesWith((f) => Object.assign(f.images.web, change))).toMatchObject({
        api: false,
        leaf: true,
      });
  });

  test("readFactory schedules app images that don't follow their parent a day later, and only if the parent has a new version", () => {
    const weekly = {
      followParent: undefined,
      schedule: { expression: "cron(0 6 ? * mon *)", timezone: "Etc/UTC", onlyOnUpdates: true },
    };
    expect(appImage((one) => (one.followParent = false))).toMatchObject(weekly);
    expect(appImage((one) => (one.parent.version = "1.0.0"))).toMatchObject(weekly);
  });

  test("readFactory keeps a given schedule of an image that follows its parent", () => {
    const given = { expression: "rate(7 days)" };
    expect(appImage((one) => (one.schedule = given))).toMatchObject({
      followParent: {},
      schedule: { ...given, timezone: "Etc/UTC", onlyOnUpdates: true },
    });
  });

  test.each([
    ["x.x.x", {}],
    ["1.2.3/4", undefined],
  ])("readFactory follows a parent by ARN with the version %s: %p", (version, followParent) => {
    const arn = `arn:aws:imagebuilder:{region}:888888888888:image/base/${version}`;
    const parent = { platform: "Linux", rootVolume: { device: "/dev/xvda" }, parent: { arn } };
    expect(image((f) => Object.assign(f.images.base, parent))?.followParent).toEqual(followParent);
  });

  test("readFactory reads the days of the freshness alarm", () => {
    const followParent = { alarmAfterDays: 3 };
    expect(appImage((one) => (one.followParent = followParent))).toMatchObject({ followParent });
  });

  test("readFactory sets no schedule for an image that is built manually", () => {
    expect(image((f) => (f.images.base.schedule = { manual: true }))?.schedule).toBeUndefined();
  });

  test("readFactory fills in the policy of a channel", () => {
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

  test("readFactory fills in the limits of a channel for findings", () => {
    const findingsOf = (findings: Raw) =>
      image((f) => (f.images.base.share.channels.stable.findings = findings))?.channels[0]
        ?.findings;
    expect(findingsOf({ fixWithinDays: { critical: 0, high: 7 } })).toEqual({
      fixWithinDays: { critical: 0, high: 7 },
      scanWindowDays: 30,
      exceptions: [],
      reportOnly: false,
    });
    const exceptions = [{ id: "CVE-2026-1234", until: "2026-12-31", reason: "not reachable" }];
    expect(
      findingsOf({ maxSeverity: "medium", monitored: false, exceptions, report: true }),
    ).toEqual({ fixWithinDays: {}, maxSeverity: "medium", exceptions, reportOnly: true });
  });

  test("readFactory applies the file's defaults to an image, unless the image overrides them", () => {
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

  test("readFactory takes the root device from a golden parent", () => {
    const bend = (f: Raw) => {
      f.images.base.parent = { awsManaged: "ubuntu-server-24-lts-x86" };
      f.images.base.rootVolume = { device: "/dev/sda1" };
    };
    expect(image(bend, "web")?.rootVolume.device).toBe("/dev/sda1");
    expect(loadMinimal(bend).apps[0]?.images[0]?.rootVolume.device).toBe("/dev/sda1");
  });

  test("readFactory knows the root device of Windows", () => {
    const bend = (f: Raw) =>
      (f.images.win = {
        ...f.images.web,
        platform: "Windows",
        parent: { ssm: "/windows" },
        components: [{ awsManaged: "update-windows" }],
      });
    expect(image(bend, "win")?.rootVolume.device).toBe("/dev/sda1");
  });

  test("readFactory enables protection, an hourly updater schedule for 5 images at a time, 30 days of grace, but stores no evidence, sends no release notes, marks no AMIs and trusts no operators", () => {
    expect(loadMinimal()).toMatchObject({
      protect: true,
      evidence: false,
      notes: undefined,
      watermarks: false,
      operators: [],
      apps: [{ fleet: false }],
      updater: { schedule: "rate(1 hour)", concurrency: 5, launchPermissionGraceDays: 30 },
    });
  });
});

test("readFactory reads documents relative to the factory file", () => {
  const component = loadMinimal().shared.images[0]?.components[1];
  expect(component).toMatchObject({
    kind: "document",
    document: { name: "agent", description: "An agent" },
  });
});
