import * as fc from "fast-check";
import { PLACEHOLDERS_ONLY } from "../../../config/documents/dockerfile";
import { readFactory } from "../../../config/load";
import {
  EMPTY_LOCK_FILE,
  type LockFile,
  parseLockFileToUpdate,
  renderLockFile,
} from "../../../config/versions/lock-file";
import { issueVersions } from "../../../config/versions/next-versions";
import { compareVersions } from "../../../config/versions/version";
import {
  DOCUMENT,
  minimalContainer,
  minimalFactory,
  type Raw,
  validate,
  withFolder,
} from "../../../tools/fixtures/factory-file";
import { propertyRuns, propertySeed } from "../../../tools/fixtures/property-runs";

function issue(
  lockFile: LockFile,
  mutate: (f: Raw) => unknown = () => undefined,
  documents?: Record<string, string>,
) {
  const file = minimalFactory();
  mutate(file);
  const { value } = validate(file, documents);
  if (!value) throw new Error("the factory file is invalid");
  return issueVersions(lockFile, value);
}
const first = issue(EMPTY_LOCK_FILE).lockFile;
function moves(mutate: (f: Raw) => unknown, documents?: Record<string, string>) {
  return issue(first, mutate, documents).changes;
}

const base = "shared/base";

test("issueVersions starts new content at patch 0 of its version, components at 1.0.0", () => {
  const { lockFile } = issue(EMPTY_LOCK_FILE, (f) => (f.images.base.version = "3.2"));
  expect(lockFile.recipes[base]?.versions).toEqual(["3.2.0"]);
  expect(lockFile.components["agent"]?.versions).toEqual(["1.0.0"]);
});

test("issueVersions keeps the version of unchanged content", () => {
  expect(issue(first)).toEqual({ lockFile: first, changes: [], regressions: [] });
});

test("issueVersions issues versions for the component of a changed document and for every recipe that uses it, and for nothing else", () => {
  expect(moves(() => undefined, { "agent.yaml": `${DOCUMENT}# changed\n` })).toEqual([
    {
      kind: "component",
      name: "agent",
      from: "1.0.0",
      to: "1.0.1",
      reasons: ["document"],
    },
    {
      kind: "recipe",
      name: base,
      from: "1.0.0",
      to: "1.0.1",
      reasons: ["components"],
    },
  ]);
});

test.each<[string, (f: Raw) => unknown, string[]]>([
  ["the parent", (f) => (f.images.base.parent = { awsManaged: "amazon-linux-2-x86" }), ["parent"]],
  ["the parent's range", (f) => (f.images.base.parent.version = "2024.x.x"), ["parent"]],
  [
    "a component",
    (f) => f.images.base.components.push({ awsManaged: "reboot-linux" }),
    ["components"],
  ],
  ["the order of components", (f) => f.images.base.components.reverse(), ["components"]],
  ["a component's range", (f) => (f.images.base.components[0].version = "1.x.x"), ["components"]],
  ["a parameter", (f) => (f.images.base.components[1].parameters.Path = "/srv"), ["components"]],
  ["the volume", (f) => (f.images.base.rootVolume = { sizeGib: 50 }), ["rootVolume"]],
  ["the volume's default", (f) => (f.defaults = { rootVolume: { sizeGib: 50 } }), ["rootVolume"]],
  [
    "a volume more",
    (f) => (f.images.base.volumes = [{ device: "/dev/sdf", sizeGib: 10 }]),
    ["volumes"],
  ],
  ["a component's name", (f) => (f.images.base.components[1].name = "log-agent"), ["components"]],
  [
    "a component's OS versions",
    (f) => (f.images.base.components[1].supportedOsVersions = ["Amazon Linux 2023"]),
    ["components"],
  ],
  [
    "the parent, now an ARN",
    (f) =>
      Object.assign(f.images.base, {
        parent: { arn: "arn:aws:imagebuilder:{region}:333333333333:image/base/x.x.x" },
        rootVolume: { device: "/dev/xvda" },
      }),
    ["parent"],
  ],
  ["user data", (f) => (f.images.base.userData = "agent.yaml"), ["userData"]],
  ["the agent", (f) => (f.images.base.removeSsmAgent = true), ["removeSsmAgent"]],
  ["the working directory", (f) => (f.images.base.workingDirectory = "/opt"), ["workingDirectory"]],
  ["the description", (f) => (f.images.base.description = "Base"), ["description"]],
  [
    "several",
    (f) =>
      Object.assign(f.images.base, {
        description: "Base",
        workingDirectory: "/opt",
      }),
    ["description", "workingDirectory"],
  ],
])(
  "issueVersions issues a version of the recipe, with the reason when it changes: %s",
  (_what, mutate, why) => {
    expect(moves(mutate).find(({ name }) => name === base)).toEqual({
      kind: "recipe",
      name: base,
      from: "1.0.0",
      to: "1.0.1",
      reasons: why,
    });
  },
);

test.each<[string, (f: Raw) => unknown]>([
  ["an app's account", (f) => (f.appAccounts.payments.id = "444444444444")],
  ["Regions", (f) => (f.sharedAccount.regions["us-east-1"] = {})],
  [
    "the order of keys",
    (f) => (f.images.base = Object.fromEntries(Object.entries(f.images.base).reverse())),
  ],
  [
    "the order of images",
    (f) => (f.images = Object.fromEntries(Object.entries(f.images).reverse())),
  ],
  [
    "schedule, tests, channels, tags, instance types, AMI names and switches of the pipeline",
    (f) => {
      Object.assign(f.images.base, {
        schedule: { manual: true },
        tests: { enabled: false },
        amiTags: { a: "b" },
        instanceTypes: ["m6i.large"],
        amiName: "x-{{ imagebuilder:buildDate }}",
        retain: { builds: 9, days: 90 },
        enabled: false,
        keepFailedInstances: true,
        enhancedMetadata: false,
        amiDescription: "Base",
      });
      f.tags = { team: "x" };
    },
  ],
  [
    "a default that is written out",
    (f) =>
      Object.assign(f.images.base, {
        rootVolume: { type: "gp3" },
        parent: { awsManaged: "amazon-linux-2023-x86", version: "x.x.x" },
      }),
  ],
])(
  "issueVersions issues nothing when something changes that no recipe contains: %s",
  (_what, mutate) => {
    expect(moves(mutate)).toEqual([]);
  },
);

test("issueVersions issues versions of app images on golden parents when the shared account changes, because the parent's ARN names it", () => {
  expect(moves((f) => (f.sharedAccount.id = "444444444444"))).toEqual([
    {
      kind: "recipe",
      name: "payments/payments-web",
      from: "1.0.0",
      to: "1.0.1",
      reasons: ["parent"],
    },
  ]);
});

test("issueVersions issues a version of a component when its platform changes", () => {
  const documents = {
    "agent.yaml": DOCUMENT.replace(
      /action: .*/s,
      "action: CreateFolder\n        inputs: [{ path: '{{ Path }}/{{ LogLevel }}' }]\n",
    ),
  };
  const image = (f: Raw) =>
    Object.assign(f.images.base, {
      parent: { ssm: "/image" },
      rootVolume: { device: "/dev/sda1" },
    });
  const plain = (f: Raw) => {
    image(f).components.shift();
    f.images.web.components = f.images.base.components;
    f.appAccounts = {};
  };
  const { lockFile } = issue(EMPTY_LOCK_FILE, plain, documents);
  const toWindows = (f: Raw) => {
    plain(f);
    for (const one of [f.images.base, f.images.web]) one.platform = "Windows";
  };
  expect(issue(lockFile, toWindows, documents).changes[0]).toEqual({
    kind: "component",
    name: "agent",
    from: "1.0.0",
    to: "1.0.1",
    reasons: ["platform"],
  });
});

test("digests are the same in every release, and the renderer version is one of them", () => {
  expect(first.components["agent"]?.digests).toMatchInlineSnapshot(`
    {
      "description": "aec70cfd47032616",
      "document": "fe1b202c1c80ba9b",
      "platform": "1ca133af50fd8cbd",
      "rendering": "6b86b273ff34fce1",
    }
  `);
  expect(first.recipes[base]?.digests).toMatchInlineSnapshot(`
    {
      "components": "9d357bf6b913c7a8",
      "parent": "86e6c8f3c62e52a0",
      "rendering": "6b86b273ff34fce1",
      "rootVolume": "d132c25ace8a6823",
    }
  `);
});

test("issueVersions issues a version of container recipes with the default Dockerfile for Linux, because it is rendered differently", () => {
  const toContainers = (f: Raw) => {
    f.containers = {
      linux: minimalContainer(),
      own: { ...minimalContainer(), dockerfile: "Dockerfile" },
      windows: minimalContainer({ awsManaged: "windows-server-2019-x86-core-ltsc2019-amd64" }),
    };
  };
  const documents = { "agent.yaml": DOCUMENT, Dockerfile: PLACEHOLDERS_ONLY };
  const { recipes, ...rest } = issue(EMPTY_LOCK_FILE, toContainers, documents).lockFile;
  const recorded = Object.entries(recipes).map(([name, { versions, digests }]) => [
    name,
    { versions, digests: { ...digests, rendering: "6b86b273ff34fce1" } },
  ]);
  const earlier = { ...rest, recipes: Object.fromEntries(recorded) };
  expect(issue(earlier, toContainers, documents).changes).toEqual([
    {
      kind: "recipe",
      name: "shared/linux",
      from: "1.0.0",
      to: "1.0.1",
      reasons: ["rendering"],
    },
  ]);
});

test("issueVersions issues nothing when the line endings of factory.yaml change", () => {
  const text = JSON.stringify(minimalFactory(), null, 2).replaceAll("\n", "\r\n");
  const { changes: moved } = withFolder({ file: text }, (path) =>
    issueVersions(first, readFactory(path)),
  );
  expect(moved).toEqual([]);
});

test("issueVersions starts a raised version at patch 0 and keeps the earlier versions issued", () => {
  const { lockFile, changes: moved } = issue(first, (f) => (f.images.base.version = "2.0"));
  expect(lockFile.recipes[base]?.versions).toEqual(["1.0.0", "2.0.0"]);
  expect(moved).toEqual([
    {
      kind: "recipe",
      name: base,
      from: "1.0.0",
      to: "2.0.0",
      reasons: ["version"],
    },
  ]);
});

test("issueVersions reports a lowered version and keeps the entry", () => {
  const { lockFile } = issue(first, (f) => (f.images.base.version = "2.0"));
  expect(issue(lockFile)).toMatchObject({
    lockFile,
    regressions: [{ recipe: base, majorMinor: "1.0", issued: "2.0.0" }],
  });
});

test("issueVersions gives restored content a new, higher version", () => {
  const changed = issue(first, (f) => (f.images.base.description = "Base")).lockFile;
  expect(issue(changed).lockFile.recipes[base]?.versions).toEqual(["1.0.2"]);
});

test("issueVersions keeps the entry of removed content and continues above it when the content is re-added", () => {
  const without = (f: Raw) => {
    f.images.base.components.pop();
    delete f.images.web;
  };
  const { lockFile, changes: moved } = issue(first, without);
  expect(moved.filter(({ to }) => to === undefined)).toEqual([
    { kind: "component", name: "agent", from: "1.0.0", reasons: ["removed"] },
    { kind: "recipe", name: "shared/web", from: "1.0.0", reasons: ["removed"] },
  ]);
  const back = issue(lockFile).lockFile;
  expect(back.components["agent"]?.versions).toEqual(["1.0.1"]);
  expect(back.recipes["shared/web"]?.versions).toEqual(["1.0.1"]);
});

test("issueVersions raises the version of an image that becomes a container and an image again, because both have one name", () => {
  const become = (lockFile: LockFile, container: boolean): LockFile =>
    issue(lockFile, (f) => {
      delete f.appAccounts;
      delete f.images.web;
      if (!container) return;
      f.images = { other: f.images.base };
      f.containers = { base: minimalContainer() };
    }).lockFile;
  const lockFile = [true, false, true].reduce(become, first);
  expect(lockFile.recipes[base]?.versions).toEqual(["1.0.3"]);
});

test("issueVersions keeps images with the same name in two app accounts apart", () => {
  const { lockFile } = issue(
    EMPTY_LOCK_FILE,
    (f) => (f.appAccounts.other = { ...f.appAccounts.payments, id: "333333333333" }),
  );
  expect(Object.keys(lockFile.recipes)).toEqual([
    "other/payments-web",
    "payments/payments-web",
    base,
    "shared/web",
  ]);
});

describe("in any history of edits, reverts, removals and additions", () => {
  /**
   * One state of the factory: what the document says, the image's description and version, and
   * whether the image is there.
   */
  const state = fc.record({
    document: fc.nat(2),
    description: fc.constantFrom("one", "two"),
    raise: fc.boolean(),
    isThere: fc.boolean(),
    usesDocument: fc.boolean(),
  });
  const history = fc.array(state, { minLength: 2, maxLength: 12 });
  type State = (typeof state extends fc.Arbitrary<infer T> ? T : never) & {
    readonly major: number;
  };

  const withMajors = (states: Omit<State, "major">[]): State[] =>
    states.map((entry, index) => ({
      ...entry,
      major: 1 + states.slice(0, index + 1).filter(({ raise }) => raise).length,
    }));

  const contentOf = ({ document, description, isThere, usesDocument, major }: State) =>
    JSON.stringify(
      isThere ? { document: usesDocument ? document : null, description, major } : "removed",
    );

  const step = (
    lockFile: LockFile,
    { document, description, isThere, usesDocument, major }: State,
  ): LockFile =>
    issue(
      lockFile,
      (f) => {
        const components = usesDocument
          ? f.images.base.components
          : [{ awsManaged: "update-linux" }];
        f.images.probe = {
          ...f.images.base,
          components,
          description,
          version: `${major}.0`,
        };
        f.images.base.components = [{ awsManaged: "update-linux" }];
        if (!isThere) delete f.images.probe;
      },
      { "agent.yaml": `${DOCUMENT}# ${document}\n` },
    ).lockFile;

  const versionsOf = (
    states: State[],
    kind: "recipes" | "components",
    name: string,
  ): (string | undefined)[] => {
    let lockFile: LockFile = EMPTY_LOCK_FILE;
    return states.map((entry) => {
      lockFile = step(lockFile, entry);
      const now = lockFile[kind][name];
      return now?.digests && now.versions.at(-1);
    });
  };

  test("issueVersions strictly raises the version of a recipe with every change, and keeps it without one", () => {
    fc.assert(
      fc.property(history, (plain) => {
        const states = withMajors(plain);
        const versions = versionsOf(states, "recipes", "shared/probe");
        let highest = "0.0.0";
        states.forEach((entry, index) => {
          const version = versions[index];
          expect(version === undefined).toBe(!entry.isThere);
          if (version === undefined) return;
          const before = states[index - 1];
          if (before && contentOf(before) === contentOf(entry))
            expect(version).toBe(versions[index - 1]);
          else expect(compareVersions(version, highest)).toBeGreaterThan(0);
          highest = version;
        });
      }),
      { numRuns: propertyRuns(100), seed: propertySeed() },
    );
  });

  test("issueVersions strictly raises the version of a component with every change", () => {
    fc.assert(
      fc.property(history, (plain) => {
        const versions = versionsOf(withMajors(plain), "components", "agent");
        const issued = versions.filter(
          (version, index) => version !== undefined && version !== versions[index - 1],
        );
        expect(issued).toEqual(
          [...new Set(issued)].sort((a = "", b = "") => compareVersions(a, b)),
        );
      }),
      { numRuns: propertyRuns(100), seed: propertySeed() },
    );
  });

  test("issueVersions writes the same bytes on any two machines", () => {
    fc.assert(
      fc.property(history, (plain) => {
        const states = withMajors(plain);
        const run = (read: (lockFile: LockFile) => LockFile) =>
          renderLockFile(
            states.reduce((lockFile, entry) => step(read(lockFile), entry), EMPTY_LOCK_FILE),
          );
        // One of them has read each lockFile from the file that the other wrote.
        expect(
          run((lockFile) => parseLockFileToUpdate("factory.yaml", renderLockFile(lockFile))),
        ).toBe(run((lockFile) => lockFile));
      }),
      { numRuns: propertyRuns(25), seed: propertySeed() },
    );
  });
});

test("issueVersions issues a version of a component when its OS versions change, but not when their order does", () => {
  const withVersions = (lockFile: LockFile, supportedOsVersions?: readonly string[]) => {
    const next = issue(lockFile, (f) =>
      Object.assign(f.images.base.components[1], { supportedOsVersions }),
    );
    return { ...next, components: next.changes.filter(({ kind }) => kind === "component") };
  };
  const listed = withVersions(first, ["Ubuntu 24", "Ubuntu 22"]);
  expect(listed.components).toEqual([
    {
      kind: "component",
      name: "agent",
      from: "1.0.0",
      to: "1.0.1",
      reasons: ["supportedOsVersions"],
    },
  ]);
  expect(withVersions(listed.lockFile, ["Ubuntu 22", "Ubuntu 24"]).changes).toEqual([]);
  expect(withVersions(listed.lockFile).components).toMatchObject([{ to: "1.0.2" }]);
});

test.each<[string, Raw]>([
  ["an SSM parameter", { ssm: "/host/ami" }],
  ["an AMI", { ami: { "eu-west-1": "ami-0123456789abcdef0" } }],
])(
  "issueVersions issues a version of a container's recipe when its build instances get %s",
  (_what, hostAmi) => {
    const withHost = (lockFile: LockFile, given?: Raw) =>
      issue(lockFile, (f) => {
        f.containers = {
          runtime: {
            ...minimalContainer(),
            hostAmi: given,
            hostVolume: given && { device: "/dev/xvda" },
          },
        };
      });
    expect(withHost(withHost(EMPTY_LOCK_FILE).lockFile, hostAmi).changes).toEqual([
      {
        kind: "recipe",
        name: "shared/runtime",
        from: "1.0.0",
        to: "1.0.1",
        reasons: ["hostAmi"],
      },
    ]);
  },
);
