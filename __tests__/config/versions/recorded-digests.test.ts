import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readFactory } from "../../../config/load";
import { type Entries, type LockFile, readLockFile } from "../../../config/versions/lock-file";
import { issueVersions } from "../../../config/versions/next-versions";
import { versioned, withFolder } from "../../../tools/fixtures/factory-file";
import { someCases } from "../../../tools/fixtures/property-runs";

/**
 * Digests as they were first recorded: 200 random factories with the documents that they use. A
 * digest that changes issues a new version of unchanged content to every team that upgrades, so
 * this file is never recorded again. A change on purpose is applied to what was recorded: see
 * `withRaisedRenderers`.
 */
const RECORDED: {
  readonly documents: Readonly<Record<string, string>>;
  readonly factories: readonly { readonly file: object; readonly digests: RecordedDigests }[];
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

/** SHA-256 of `1` and `2`. */
const RENDERER_1 = "6b86b273ff34fce1";
const RENDERER_2 = "d4735e3a265e16ee";

/** The default Dockerfile when the digests were recorded: only the placeholders. */
const DEFAULT_DOCKERFILE = "41cceab899479be8";

interface RecordedDigests {
  readonly recipes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Raises the renderer version of containers with the default Dockerfile to 2, which added
 * `USER root` for Linux. All recorded containers are for Linux.
 */
function withRaisedRenderers<T extends RecordedDigests>(digests: T): T {
  const recipes = Object.entries(digests.recipes).map(([name, recipe]) => {
    expect(recipe["rendering"]).toBe(RENDERER_1);
    const isRaised = recipe["dockerfile"] === DEFAULT_DOCKERFILE;
    return [name, isRaised ? { ...recipe, rendering: RENDERER_2 } : recipe];
  });
  return { ...digests, recipes: Object.fromEntries(recipes) };
}

/** Issues versions for a factory, and for a few of them from a file, which takes twice as long. */
function issuedFor(file: object, index: number): LockFile {
  const { documents } = RECORDED;
  return index % 20 === 0
    ? withFolder({ file, documents }, (path) => readLockFile(path))
    : versioned(file, documents).lockFile;
}

test("the digests of 200 recorded factories don't change", () => {
  expect(RECORDED.factories).toHaveLength(200);
  const factories = someCases(RECORDED.factories);
  const now = factories.map(({ file }, index) => ({
    file,
    digests: allDigests(issuedFor(file, index)),
  }));
  const expected = factories.map(({ file, digests }) => ({
    file,
    digests: withRaisedRenderers(digests),
  }));
  expect(now).toEqual(expected);
});

test.each(readdirSync("examples").filter((name) => name !== "policies"))(
  "no version of examples/%s is issued again for unchanged content",
  (name) => {
    const path = join("examples", name, "factory.yaml");
    const lock = readLockFile(path);
    expect(issueVersions(lock, readFactory(path))).toEqual({
      lockFile: lock,
      changes: [],
      regressions: [],
    });
  },
);
