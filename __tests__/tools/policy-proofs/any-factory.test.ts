import { existsSync, readdirSync } from "node:fs";
import * as fc from "fast-check";
import { loadFactory } from "../../../config/load";
import { withFolder } from "../../../tools/fixtures/factory-file";
import { factoryFile } from "../../../tools/fixtures/random-factories";
import { synthFactory } from "../../../tools/fixtures/synth";
import { type Iam, iam } from "../../../tools/iam/iam";
import { spellingProblems } from "../../../tools/iam/spelling";
import { PolicyFixture } from "../../../tools/policy-proofs/policy-fixture";
import { PROOFS } from "../../../tools/policy-proofs/proofs";
import { violations } from "../../../tools/policy-proofs/rules";

function subjectOf(path: string, known: Iam): PolicyFixture {
  const factory = loadFactory(path);
  return new PolicyFixture(factory, synthFactory(factory), known);
}

const EXAMPLES = readdirSync("examples")
  .map((name) => `examples/${name}/factory.yaml`)
  .filter((path) => existsSync(path));

describe.each(["factory.yaml", ...EXAMPLES])("of %s", (path) => {
  let subject: PolicyFixture;
  beforeAll(async () => {
    subject = subjectOf(path, await iam());
  });

  test.each(PROOFS)("$name", ({ check }) => check(subject));
  test("every policy is spelled right", () =>
    expect(spellingProblems(subject.world, subject.iam)).toEqual([]));
  test("every rule is kept", () => expect(violations(subject.world)).toEqual([]));
});

const RUNS = 200;

/** Every run has other factories; `SEED=… npm test` has those of another run again. */
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

test(`of ${RUNS} factories of all kinds (seed ${SEED}), every proof holds, every policy is spelled right and every rule is kept`, async () => {
  const known = await iam();
  fc.assert(
    fc.property(factoryFile, (file) => {
      const subject = withFolder({ file }, (path) => subjectOf(path, known));
      expect(spellingProblems(subject.world, known)).toEqual([]);
      expect(violations(subject.world)).toEqual([]);
      for (const { check } of PROOFS) check(subject);
    }),
    { numRuns: RUNS, seed: SEED },
  );
}, 300_000);
