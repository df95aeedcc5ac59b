import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { loadFactory } from "../../../config/load";
import {
  currentVersion,
  EMPTY_LOCK_FILE,
  issuedVersions,
  lockFilePath,
  readLockFile,
  readLockFileToUpdate,
  renderLockFile,
} from "../../../config/versions/lock-file";
import { inFolder, minimalFactory, withFolder } from "../../../tools/fixtures/factory-file";

const A = { digests: { document: "aaaaaaaaaaaaaaaa" } };
const B = { digests: { document: "bbbbbbbbbbbbbbbb" } };
const entries = { base: { versions: ["1.0.2", "1.2.0", "2.0.1"], ...A } };

/** Runs `use` next to a version lock file that contains `text`. */
function withLockFile<T>(text: string, use: (factoryFile: string) => T): T {
  return withFolder({ file: minimalFactory() }, (path) => {
    writeFileSync(lockFilePath(path), text);
    return use(path);
  });
}

function errorOf(text: string): string {
  return withLockFile(text, (path) => {
    try {
      readLockFile(path);
      return "";
    } catch (error) {
      return inFolder(path, (error as Error).message);
    }
  });
}

test("lockFilePath returns a path next to the factory file", () => {
  expect(lockFilePath("a/factory.yaml")).toBe("a/factory.lock.json");
  expect(lockFilePath("a/other.yml")).toBe("a/other.lock.json");
});

test("renderLockFile sorts entries and writes one per line, and readLockFile reads them back", () => {
  const lockFile = {
    components: { b: { versions: ["1.0.0"], ...B }, a: { versions: ["1.0.0"] } },
    recipes: { "shared/base": entries.base },
    workflows: { "test:wait": { versions: ["1.0.0"], ...A } },
  };
  const text = renderLockFile(lockFile);
  expect(text).toBe(`{
  "components": {
    "a": {"versions":["1.0.0"]},
    "b": {"versions":["1.0.0"],"digests":{"document":"bbbbbbbbbbbbbbbb"}}
  },
  "recipes": {
    "shared/base": {"versions":["1.0.2","1.2.0","2.0.1"],"digests":{"document":"aaaaaaaaaaaaaaaa"}}
  },
  "workflows": {
    "test:wait": {"versions":["1.0.0"],"digests":{"document":"aaaaaaaaaaaaaaaa"}}
  }
}
`);
  expect(withLockFile(text, readLockFile)).toEqual(lockFile);
});

test("renderLockFile writes empty sections, and none for workflows if there are none", () => {
  expect(renderLockFile(EMPTY_LOCK_FILE)).toBe('{\n  "components": {},\n  "recipes": {}\n}\n');
  expect(withLockFile(renderLockFile(EMPTY_LOCK_FILE), readLockFile)).toEqual(EMPTY_LOCK_FILE);
});

test("currentVersion returns the last version of an entry", () => {
  expect(currentVersion(entries, "base")).toBe("2.0.1");
});

test("issuedVersions returns every patch up to the newest of each major.minor", () => {
  expect(issuedVersions(entries, "base")).toEqual([
    "2.0.1",
    "2.0.0",
    "1.2.0",
    "1.0.2",
    "1.0.1",
    "1.0.0",
  ]);
});

test("issuedVersions returns the newest 1,000 patches, because existing images may have dates as patches", () => {
  const versions = issuedVersions({ base: { versions: ["1.0.20261128", "1.1.0"] } }, "base");
  expect(versions).toHaveLength(1_001);
  expect(versions.slice(0, 3)).toEqual(["1.1.0", "1.0.20261128", "1.0.20261127"]);
  expect(versions.at(-1)).toBe("1.0.20260129");
});

const RESTORE =
  "Restore it with `git checkout -- factory.lock.json`. If Git doesn't have it, delete it and run `npx --no factory versions --from-aws`";

test("readLockFile rejects a file that isn't JSON, and explains how to get it back", () => {
  // The wording of the parser differs between versions of Node.
  let reason = "";
  try {
    JSON.parse("{");
  } catch (error) {
    reason = (error as Error).message;
  }
  expect(errorOf("{")).toBe(`factory.lock.json is damaged: ${reason}. ${RESTORE}`);
});

test.each([
  [
    "[]",
    "factory.lock.json has 1 problem:\n  factory.lock.json:1:1 must contain components, recipes, got: a list of 0",
  ],
  [
    '{"components":{},"recipes":{"shared/base":{"versions":["1.0"]}}}',
    'factory.lock.json has 1 problem:\n  factory.lock.json:1:56 recipes.shared/base.versions[0]: must be major.minor.patch, got: "1.0"',
  ],
  [
    '{"components":{},"recipes":{"shared/base":{"versions":["1.0.1","1.0.0"]}}}',
    "factory.lock.json has 1 problem:\n  factory.lock.json:1:55 recipes.shared/base.versions: must be in ascending order, got: a list of 2",
  ],
  [
    '{"components":{"a":{"versions":[]}},"recipes":{}}',
    "factory.lock.json has 1 problem:\n  factory.lock.json:1:32 components.a.versions: must contain a version, got: a list of 0",
  ],
  [
    '{"components":{"a":{"versions":["1.0.0"],"digests":{"document":"x"}}},"recipes":{}}',
    'factory.lock.json has 1 problem:\n  factory.lock.json:1:64 components.a.digests.document: must be 16 hexadecimal digits, got: "x"',
  ],
])("readLockFile rejects %s", (text, message) => {
  expect(errorOf(text)).toBe(`${message}\n${RESTORE}`);
});

test("readLockFile rejects a missing file, and explains how to get it back", () => {
  withFolder({ file: minimalFactory() }, (path) => {
    rmSync(lockFilePath(path));
    const file = lockFilePath(path);
    expect(() => loadFactory(path)).toThrow(
      `${file} is missing. If this factory was deployed before, restore the file with \`git checkout -- ${file}\`, or run \`npx --no factory versions --from-aws --config ${path}\` if Git doesn't have it. If it is new, run \`npx --no factory versions --config ${path}\`. Then commit the file`,
    );
  });
});

test("readLockFileToUpdate rejects a file that can't be opened, so that no version restarts at 1.0.0", () => {
  withFolder({ file: minimalFactory() }, (path) => {
    rmSync(lockFilePath(path));
    mkdirSync(lockFilePath(path));
    expect(() => readLockFileToUpdate(path)).toThrow(/factory\.lock\.json can't be read: EISDIR/);
  });
});

test("readLockFile rejects a file that was edited by hand, because JSON takes the last of two entries with one name", () => {
  const twice = `{
  "components": {
    "a": {"versions":["1.0.5"],"digests":{"document":"aaaaaaaaaaaaaaaa"}},
    "a": {"versions":["1.0.0"],"digests":{"document":"bbbbbbbbbbbbbbbb"}}
  },
  "recipes": {}
}
`;
  expect(errorOf(twice)).toBe(
    "factory.lock.json isn't as `npx --no factory versions` writes it: run `npx --no factory versions` and commit it",
  );
  expect(withLockFile(twice, readLockFileToUpdate).components).toEqual({
    a: { versions: ["1.0.5"], ...A },
  });
});

test("readLockFile reads a file with Windows line endings", () => {
  const text = renderLockFile({
    ...EMPTY_LOCK_FILE,
    components: { a: { versions: ["1.0.0"], ...A } },
  });
  expect(withLockFile(text.replaceAll("\n", "\r\n"), readLockFile).components).toEqual({
    a: { versions: ["1.0.0"], ...A },
  });
});

describe("a file with a Git conflict", () => {
  const line = (name: string, versions: string[], { digests }: typeof A) =>
    `    ${JSON.stringify(name)}: ${JSON.stringify({ versions, digests })},`;
  const conflict = (ours: string, theirs: string) => `{
  "components": {
<<<<<<< HEAD
${ours}
=======
${theirs}
>>>>>>> other
    "z": {"versions":["1.0.0"],"digests":{"document":"aaaaaaaaaaaaaaaa"}}
  },
  "recipes": {}
}
`;
  const settled = (ours: string, theirs: string) =>
    withLockFile(conflict(ours, theirs), readLockFileToUpdate).components;

  test("readLockFile rejects a file with a Git conflict and names the next step", () => {
    expect(errorOf(conflict("", ""))).toBe(
      "factory.lock.json contains a Git conflict: resolve the conflict in the other files, then run `npx --no factory versions` and commit it",
    );
  });

  test("parseLockFileToUpdate takes the higher of two versions, with its digests", () => {
    expect(settled(line("a", ["1.0.4"], A), line("a", ["1.0.3"], B))["a"]).toEqual({
      versions: ["1.0.4"],
      ...A,
    });
  });

  test("parseLockFileToUpdate drops the digests of a version that both branches issued for different content", () => {
    expect(settled(line("a", ["1.0.3"], A), line("a", ["1.0.3"], B))["a"]).toEqual({
      versions: ["1.0.3"],
    });
  });

  test("parseLockFileToUpdate keeps every version that either branch issued, and entries that one branch added", () => {
    const components = settled(
      line("a", ["1.0.3", "1.1.0"], A),
      `${line("a", ["1.0.5"], B)}\n${line("b", ["1.0.0"], B)}`,
    );
    expect(components).toEqual({
      a: { versions: ["1.0.5", "1.1.0"], ...A },
      b: { versions: ["1.0.0"], ...B },
      z: { versions: ["1.0.0"], ...A },
    });
  });

  test("parseLockFileToUpdate reads conflicts with the common ancestor and with Windows line endings", () => {
    const diff3 = conflict(
      `${line("a", ["1.0.3"], A)}\n||||||| base\n${line("a", ["1.0.2"], B)}`,
      line("a", ["1.0.3"], B),
    );
    expect(
      withLockFile(diff3.replaceAll("\n", "\r\n"), readLockFileToUpdate).components["a"],
    ).toEqual({ versions: ["1.0.3"] });
  });

  test("parseLockFileToUpdate merges components, recipes and workflows separately", () => {
    const line = (versions: string) =>
      `{"versions":["${versions}"],"digests":{"document":"aaaaaaaaaaaaaaaa"}}`;
    const text = `{
  "components": {},
  "recipes": {
    "shared/a": ${line("1.0.0")}
  },
<<<<<<< HEAD
  "workflows": {
    "test:a": ${line("1.0.1")}
  }
=======
  "workflows": {
    "test:a": ${line("1.0.0")},
    "build:a": ${line("1.0.0")}
  }
>>>>>>> other
}
`;
    expect(withLockFile(text, readLockFileToUpdate)).toEqual({
      components: {},
      recipes: { "shared/a": { versions: ["1.0.0"], ...A } },
      workflows: {
        "test:a": { versions: ["1.0.1"], ...A },
        "build:a": { versions: ["1.0.0"], ...A },
      },
    });
  });

  test("parseLockFileToUpdate keeps a section that only one branch has", () => {
    const line = (version: string) =>
      `{"versions":["${version}"],"digests":{"document":"aaaaaaaaaaaaaaaa"}}`;
    const [withOne, without] = [
      `    "shared/a": ${line("1.0.1")}\n  },\n  "workflows": {\n    "test:a": ${line("1.0.0")}\n  }\n`,
      `    "shared/a": ${line("1.0.2")}\n  }\n`,
    ];
    const lockFile = {
      components: {},
      recipes: { "shared/a": { versions: ["1.0.2"], ...A } },
      workflows: { "test:a": { versions: ["1.0.0"], ...A } },
    };
    const settled = (ours: string, theirs: string) =>
      withLockFile(
        `{\n  "components": {},\n  "recipes": {\n<<<<<<< HEAD\n${ours}=======\n${theirs}>>>>>>> other\n}\n`,
        readLockFileToUpdate,
      );
    expect(settled(withOne, without)).toEqual(lockFile);
    expect(settled(without, withOne)).toEqual(lockFile);
  });

  test("parseLockFileToUpdate rejects a line that it can't read, because its name would restart at 1.0.0", () => {
    const spaced = conflict('    "a": { "versions": ["1.0.9"] },', line("a", ["1.0.3"], B));
    expect(() => withLockFile(spaced, readLockFileToUpdate)).toThrow(
      /^\/.*\/factory\.lock\.json:4 can't be read: restore the file as it is on one of the branches, and run `npx --no factory versions --config \/.*\/factory\.yaml` again$/,
    );
  });
});
