// Changes each statement of each policy in every small way, and counts how many of the changes some proof, rule or spelling finds.

import { loadFactory } from "../../config/load";
import type { VersionedFactory } from "../../config/model";
import { minimalContainer, minimalFactory, withFolder } from "../fixtures/factory-file";
import { type Block, synthFactory } from "../fixtures/synth";
import type { Statement } from "../iam/evaluate";
import { iam } from "../iam/iam";
import { spellingProblems } from "../iam/spelling";
import type { Stacks } from "../iam/world";
import { mutantsOf } from "./mutants";
import { PolicyFixture } from "./policy-fixture";
import { PROOFS } from "./proofs";
import { CI } from "./proofs/ci";
import { violations } from "./rules";

/** The least share of changes that has to be found. */
const LEAST = 0.95;

/** Why a change that nothing finds is none. */
const HARMLESS: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /DenyInsecureTransport: widen to any resource$/,
    "a policy of a bucket, topic or queue speaks of that one alone",
  ],
  [
    /payments.*image-key.*, Administer: drop kms:(DescribeKey|ListGrants)$/,
    "whoever is of an app's account may find its key anyway",
  ],
];

const POLICIES = ["policy", "assume_role_policy"] as const;

/** An audience of units and accounts, a golden image on another, a container, workflows, and a parameter that a role of ours writes. */
function factoryFile() {
  const file = minimalFactory();
  file.tags = { team: "platform" };
  file.ci = { github: { repository: "acme/golden-images" } };
  file.sharedAccount.keyAdministrators = {
    permissionSets: ["AWSAdministratorAccess"],
    roles: ["security/keys"],
  };
  file.images.base.share.channels = {
    canary: { principals: { organizationalUnits: ["ou-abcd-11111111", "ou-abcd-22222222"] } },
    stable: { principals: { accounts: ["222222222222", "333333333333"] } },
  };
  file.images.web.share = {
    channels: { partners: { principals: { accounts: ["444444444444"] } } },
  };
  file.images.base.workflows = { tests: [{ document: "gate.yaml" }] };
  file.images.base.outputs = { parameter: "/golden/base" };
  file.containers = {
    runtime: {
      ...minimalContainer(),
      share: {
        channels: {
          canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] } },
          stable: { principals: { accounts: ["222222222222", "333333333333"] } },
        },
      },
    },
  };
  return file;
}

/** The roles of state stacks are the proofs' of GitHub Actions: those first, because the first that fails is enough. */
const FIRST_OF_STATE = [...CI, ...PROOFS.filter((proof) => !CI.includes(proof))];

function isFound(subject: PolicyFixture, what = ""): boolean {
  try {
    if (
      violations(subject.world).length > 0 ||
      spellingProblems(subject.world, subject.iam).length > 0
    )
      return true;
    for (const { check } of what.startsWith("state-") ? FIRST_OF_STATE : PROOFS) check(subject);
    return false;
  } catch {
    return true;
  }
}

/** Every change of a factory's policies, with the stacks as they are after it. */
function* changes(stacks: Stacks): Generator<readonly [string, Stacks]> {
  for (const [stack, json] of Object.entries(stacks)) {
    for (const [type, named] of Object.entries(json.resource ?? {})) {
      for (const [id, config] of Object.entries(named)) {
        const changed = (to: Block): Stacks => ({
          ...stacks,
          [stack]: { ...json, resource: { ...json.resource, [type]: { ...named, [id]: to } } },
        });
        if (type === "aws_lambda_permission") {
          const { source_arn: _source, ...open } = config;
          yield [`${stack}: ${type}.${id}: drop its source`, changed(open)];
          for (const principal of ["s3.amazonaws.com", "*", "888888888888"])
            yield [`${stack}: ${type}.${id}: for ${principal}`, changed({ ...config, principal })];
        }
        for (const member of POLICIES) {
          // What of a repository's images goes isn't about who may do something.
          if (typeof config[member] !== "string" || type === "aws_ecr_lifecycle_policy") continue;
          const document = JSON.parse(config[member]);
          const statements: readonly Statement[] = document.Statement;
          const more = { ...statements[0], Sid: "More", Effect: "Allow" };
          const longer = JSON.stringify({ ...document, Statement: [...statements, more] });
          yield [
            `${stack}: ${type}.${id}: a statement more`,
            changed({ ...config, [member]: longer }),
          ];
          for (const [index, statement] of statements.entries()) {
            for (const { what, statement: mutated } of mutantsOf(statement)) {
              const Statement = statements.flatMap((one, at) =>
                at === index ? (mutated ?? []) : one,
              );
              const to = { ...config, [member]: JSON.stringify({ ...document, Statement }) };
              yield [`${stack}: ${type}.${id}, ${statement.Sid}: ${what}`, changed(to)];
            }
          }
        }
      }
    }
  }
}

async function main(): Promise<void> {
  const known = await iam();
  const [factory, stacks] = withFolder(
    { file: factoryFile() },
    (path): [VersionedFactory, Stacks] => {
      const loaded = loadFactory(path);
      return [loaded, synthFactory(loaded)];
    },
  );
  if (isFound(new PolicyFixture(factory, stacks, known)))
    throw new Error("the factory is found wrong without any change");

  let [all, found] = [0, 0];
  const open: string[] = [];
  for (const [what, changed] of changes(stacks)) {
    all += 1;
    if (isFound(new PolicyFixture(factory, changed, known), what)) found += 1;
    else open.push(what);
  }
  for (const what of open) {
    const [, why] = HARMLESS.find(([pattern]) => pattern.test(what)) ?? [];
    console.log(`not found: ${what}${why ? ` (${why})` : ""}`);
  }
  const share = found / all;
  console.log(
    `${found} of ${all} changes of policies are found: ${(share * 100).toFixed(1)} %, at least ${LEAST * 100} % have to be`,
  );
  const unexplained = open.filter((what) => !HARMLESS.some(([pattern]) => pattern.test(what)));
  if (share < LEAST || unexplained.length > 0) process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
