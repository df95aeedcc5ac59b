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
import { minimalFactory, withFolder } from "../../../tools/fixtures/factory-file";

const A = { digests: { document: "aaaaaaaaaaaaaaaa" } };
const B = { digests: { document: "bbbbbbbbbbbbbbbb" } };
const entries = { base: { versions: ["1.0.2", "1.2.0", "2.0.1"], ...A } };

/** Runs `use` on a lockFile with `text` in it. */
function withLockFile<T>(text: string, use: (file: string) => T): T {
  return withFolder({ file: minimalFactory() }, (path) => {
    writeFileSync(lockFilePath(path), text);
    return use(lockFilePath(path));
  });
}

function refusal(text: string): string {
  return withLockFile(text, (file) => {
    try {
      readLockFile(file);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  });
}

test("lies beside its factory file", () => {
  expect(lockFilePath("a/factory.yaml")).toBe("a/factory.lock.json");
  expect(lockFilePath("a/other.yml")).toBe("a/other.lock.json");
});

test("is sorted, an entry a line, and reads as it was written", () => {
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

test("without entries is still one, and without workflows says nothing of them", () => {
  expect(renderLockFile(EMPTY_LOCK_FILE)).toBe('{\n  "components": {},\n  "recipes": {}\n}\n');
  expect(withLockFile(renderLockFile(EMPTY_LOCK_FILE), readLockFile)).toEqual(EMPTY_LOCK_FILE);
});

test("the current version is the last one", () => {
  expect(currentVersion(entries, "base")).toBe("2.0.1");
});

test("every patch up to the newest of its major.minor was issued", () => {
  expect(issuedVersions(entries, "base")).toEqual([
    "2.0.1",
    "2.0.0",
    "1.2.0",
    "1.0.2",
    "1.0.1",
    "1.0.0",
  ]);
});

test.each([
  ["{", /^factory\.lock\.json is damaged: /],
  [
    "[]",
    "factory.lock.json has 1 problem:\n  must hold components, recipes, workflows, got: a list of 0",
  ],
  [
    '{"components":{},"recipes":{"shared/base":{"versions":["1.0"]}}}',
    'factory.lock.json has 1 problem:\n  recipes.shared/base.versions[0]: must be major.minor.patch, got: "1.0"',
  ],
  [
    '{"components":{},"recipes":{"shared/base":{"versions":["1.0.1","1.0.0"]}}}',
    "factory.lock.json has 1 problem:\n  recipes.shared/base.versions: must ascend, got: a list of 2",
  ],
  [
    '{"components":{"a":{"versions":[]}},"recipes":{}}',
    "factory.lock.json has 1 problem:\n  components.a.versions: must hold a version, got: a list of 0",
  ],
  [
    '{"components":{"a":{"versions":["1.0.0"],"digests":{"document":"x"}}},"recipes":{}}',
    'factory.lock.json has 1 problem:\n  components.a.digests.document: must be 16 hexadecimal digits, got: "x"',
  ],
])("damaged as %s, it is refused", (text, message) => {
  expect(refusal(text)).toEqual(
    typeof message === "string" ? message : expect.stringMatching(message),
  );
});

test("missing, it is refused with what to run", () => {
  withFolder({ file: minimalFactory() }, (path) => {
    rmSync(lockFilePath(path));
    expect(() => loadFactory(path)).toThrow(
      /^factory\.lock\.json is missing: run `npm run versions` and commit it$/,
    );
  });
});

test("that can't be opened is no missing one: nothing restarts at 1.0.0", () => {
  withFolder({ file: minimalFactory() }, (path) => {
    rmSync(lockFilePath(path));
    mkdirSync(lockFilePath(path));
    expect(() => readLockFileToUpdate(lockFilePath(path))).toThrow(
      /factory\.lock\.json can't be read: EISDIR/,
    );
  });
});

test("written by somebody else, it is refused: JSON takes the last of two lines of one name", () => {
  const twice = `{
  "components": {
    "a": {"versions":["1.0.5"],"digests":{"document":"aaaaaaaaaaaaaaaa"}},
    "a": {"versions":["1.0.0"],"digests":{"document":"bbbbbbbbbbbbbbbb"}}
  },
  "recipes": {}
}
`;
  expect(refusal(twice)).toBe(
    "factory.lock.json isn't as `npm run versions` writes it: run that and commit it",
  );
  expect(withLockFile(twice, readLockFileToUpdate).components).toEqual({
    a: { versions: ["1.0.5"], ...A },
  });
});

test("reads with the line endings of Windows", () => {
  const text = renderLockFile({
    ...EMPTY_LOCK_FILE,
    components: { a: { versions: ["1.0.0"], ...A } },
  });
  expect(withLockFile(text.replaceAll("\n", "\r\n"), readLockFile).components).toEqual({
    a: { versions: ["1.0.0"], ...A },
  });
});

describe("in conflict", () => {
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

  test("it is refused with what to do", () => {
    expect(refusal(conflict("", ""))).toBe(
      "factory.lock.json is in conflict: merge what it is about, then run `npm run versions` and commit it",
    );
  });

  test("the higher version wins, with what it was given to", () => {
    expect(settled(line("a", ["1.0.4"], A), line("a", ["1.0.3"], B))["a"]).toEqual({
      versions: ["1.0.4"],
      ...A,
    });
  });

  test("a version that both sides gave to different content is nobody's, so that the next is higher than both", () => {
    expect(settled(line("a", ["1.0.3"], A), line("a", ["1.0.3"], B))["a"]).toEqual({
      versions: ["1.0.3"],
    });
  });

  test("what either side issued stays issued, and what one side added stays", () => {
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

  test("with the common ancestor shown and the line endings of Windows, it is settled as well", () => {
    const diff3 = conflict(
      `${line("a", ["1.0.3"], A)}\n||||||| base\n${line("a", ["1.0.2"], B)}`,
      line("a", ["1.0.3"], B),
    );
    expect(
      withLockFile(diff3.replaceAll("\n", "\r\n"), readLockFileToUpdate).components["a"],
    ).toEqual({ versions: ["1.0.3"] });
  });

  test("components, recipes and workflows are each settled as their own", () => {
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

  test("a section that one side alone has stays", () => {
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

  test("a line that isn't understood is refused, not dropped: its name would restart at 1.0.0", () => {
    const spaced = conflict('    "a": { "versions": ["1.0.9"] },', line("a", ["1.0.3"], B));
    expect(() => withLockFile(spaced, readLockFileToUpdate)).toThrow(
      /^factory\.lock\.json:4 can't be read: take the file as either side has it, and try again$/,
    );
  });
});
