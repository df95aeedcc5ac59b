import { existsSync, readdirSync } from "node:fs";
import * as fc from "fast-check";
import { loadFactory } from "../../../config/load";
import { versioned } from "../../../tools/fixtures/factory-file";
import { propertyRuns, propertySeed } from "../../../tools/fixtures/property-runs";
import { factoryFile } from "../../../tools/fixtures/random-factories";
import { synthFactory } from "../../../tools/fixtures/synth";
import { authorizationReference } from "../../../tools/iam/authorization-reference";
import { lintPolicies } from "../../../tools/iam/policy-lint";
import { PolicyFixture } from "../../../tools/policy-proofs/policy-fixture";
import { PROOFS } from "../../../tools/policy-proofs/proofs";
import { violations } from "../../../tools/policy-proofs/rules";

const EXAMPLES = readdirSync("examples")
  .map((name) => `examples/${name}/factory.yaml`)
  .filter((path) => existsSync(path));

describe.each(["factory.yaml", ...EXAMPLES])("the policies of %s", (path) => {
  let fixture: PolicyFixture;
  beforeAll(async () => {
    const factory = loadFactory(path);
    fixture = new PolicyFixture(factory, synthFactory(factory), await authorizationReference());
  });

  test.each(PROOFS)("prove that $name", ({ check }) => check(fixture));
  test("name only actions, resources and conditions that AWS documents", () =>
    expect(lintPolicies(fixture.stacks, fixture.reference)).toEqual([]));
  test("follow every rule", () => expect(violations(fixture.stacks)).toEqual([]));
});

const RUNS = propertyRuns(200);
const SEED = propertySeed();

test(`the policies of ${RUNS} random factories pass every proof, rule and lint check (seed ${SEED})`, async () => {
  const reference = await authorizationReference();
  fc.assert(
    fc.property(factoryFile, (file) => {
      const factory = versioned(file);
      const fixture = new PolicyFixture(factory, synthFactory(factory), reference);
      expect(lintPolicies(fixture.stacks, reference)).toEqual([]);
      expect(violations(fixture.stacks)).toEqual([]);
      for (const { check } of PROOFS) check(fixture);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
