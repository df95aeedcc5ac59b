import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { RULES } from "../../../config/rules";
import { RULES_CHECKED_ELSEWHERE } from "../../../config/rules/checked-elsewhere";
import type { BadInput } from "../../../tools/fixtures/bad-input";
import { mutatedFactory, validate } from "../../../tools/fixtures/factory-file";

const ALL = [...RULES, ...RULES_CHECKED_ELSEWHERE];

/** Returns the inputs of the tests in bad-input, without registering the tests again. */
async function badInputs(): Promise<BadInput[]> {
  const inputs: BadInput[] = [];
  const fixture = "../../../tools/fixtures/bad-input";
  jest.doMock(fixture, () => ({
    testBadInput: (more: readonly BadInput[]) => inputs.push(...more),
  }));
  const { test, describe } = globalThis;
  globalThis.test = Object.assign(() => undefined, { each: () => () => undefined }) as never;
  globalThis.describe = ((_name: string, run: () => void) => run()) as never;
  try {
    const folder = "__tests__/config/bad-input";
    for (const file of readdirSync(folder)) await import(resolve(folder, file));
  } finally {
    Object.assign(globalThis, { test, describe });
    jest.dontMock(fixture);
  }
  return inputs;
}

test("rule ids are unique and lower-case with hyphens", () => {
  const ids = ALL.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(id))).toEqual([]);
});

test("every rule is reported for a bad input, and every rule that is reported is listed", async () => {
  const reported = (await badInputs()).flatMap(({ mutate, documents }) =>
    validate(mutatedFactory(mutate), documents).problems.flatMap(({ rule }) => rule ?? []),
  );
  const listed = ALL.map(({ id }) => id);
  // Tested with the version lock file, and with `check --from-aws`.
  const elsewhere = ["version-not-lowered", "managed-names"];
  expect([...new Set([...reported, ...elsewhere])].sort()).toEqual([...listed].sort());
});
