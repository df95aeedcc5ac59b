import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { stringify } from "yaml";
import { readFactory } from "../../../config/load";
import {
  EMPTY_LOCK_FILE,
  type Entries,
  type LockFile,
  lockFilePath,
  readLockFile,
} from "../../../config/versions/lock-file";
import { issueVersions } from "../../../config/versions/next-versions";

/**
 * Digests as the first release recorded them: 200 random factories with the documents that they use. A digest that changes
 * issues a new version of unchanged content to every team that upgrades, so this file is never recorded again.
 */
const RECORDED: {
  readonly documents: Readonly<Record<string, string>>;
  readonly factories: readonly { readonly file: object; readonly digests: object }[];
} = JSON.parse(
  gunzipSync(readFileSync(join(__dirname, "recorded-digests.json.gz"))).toString("utf8"),
);

function digestsIn(entries: Entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, { digests }]) => [name, digests]));
}

function allDigests({ components, recipes, workflows }: LockFile) {
  return {
    components: digestsIn(components),
    recipes: digestsIn(recipes),
    workflows: digestsIn(workflows),
  };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "recorded-"));
  for (const [name, text] of Object.entries(RECORDED.documents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the digests of 200 recorded factories don't change", () => {
  const path = join(folder, "factory.yaml");
  const now = RECORDED.factories.map(({ file }) => {
    writeFileSync(path, stringify(file));
    return {
      file,
      digests: allDigests(issueVersions(EMPTY_LOCK_FILE, readFactory(path)).lockFile),
    };
  });
  expect(RECORDED.factories).toHaveLength(200);
  expect(now).toEqual(RECORDED.factories);
});

test.each(readdirSync("examples").filter((name) => name !== "policies"))(
  "no version of examples/%s is issued again for unchanged content",
  (name) => {
    const path = join("examples", name, "factory.yaml");
    const lock = readLockFile(lockFilePath(path));
    expect(issueVersions(lock, readFactory(path))).toEqual({
      lockFile: lock,
      changes: [],
      regressions: [],
    });
  },
);
