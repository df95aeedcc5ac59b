/**
 * Changes every statement of every policy in every small way, and counts how many changes are found
 * by the proofs, the rules or the policy lint. A proof that finds no change proves nothing.
 */
import type { VersionedFactory } from "../../config/model";
import {
  DOCUMENT,
  minimalContainer,
  minimalFactory,
  versioned,
  WORKFLOW,
} from "../fixtures/factory-file";
import { type Block, synthFactory, type TerraformJson } from "../fixtures/synth";
import {
  type AuthorizationReference,
  authorizationReference,
} from "../iam/authorization-reference";
import type { Statement } from "../iam/evaluate";
import { lintPolicies } from "../iam/policy-lint";
import type { SynthesizedStacks } from "../iam/resolved-stacks";
import { mutantsOf } from "./mutants";
import { PolicyFixture } from "./policy-fixture";
import { PROOFS } from "./proofs";
import { violations } from "./rules";

/** The share of changes that must be found. */
const MIN_FOUND = 0.95;

/** Changes that don't have to be found, each with the reason. */
const EQUIVALENT: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /payments.*image-key.*: drop kms:(DescribeKey|ListGrants)$/,
    "another statement lets every principal of an app account find its key",
  ],
];

/** A component document that names buckets, one of them with its owner. */
const FETCH = `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Fetch
        action: S3Download
        inputs:
          - { source: s3://vendor-packages/agent/*, destination: /tmp/, expectedBucketOwner: "777777777777" }
      - name: Report
        action: S3Upload
        inputs:
          - { source: /tmp/report.json, destination: s3://vendor-reports/report.json, expectedBucketOwner: "777777777777" }
`;

/** Permissions of build instances of every kind. */
const ACCESS = {
  read: ["acme-installers", "acme-tools/linux/", "acme-tools/agent.rpm"],
  write: ["acme-results/builds/", "acme-reports/last.json"],
  secrets: ["agents/token", "arn:aws:secretsmanager:eu-west-1:888888888888:secret:license-AbCdEf"],
  parameters: ["/agents/", "/licenses/", "/licenses-key"],
};

/**
 * A factory with every kind of audience, key administrator, parent, container, workflow and access.
 */
function factoryFile() {
  const file = minimalFactory();
  file.tags = { team: "platform" };
  file.ci = { github: { repository: "acme/golden-images" } };
  file.sharedAccount.keyAdministrators = {
    permissionSets: ["AWSAdministratorAccess"],
    roles: ["security/keys"],
  };
  file.sharedAccount.operators = [
    "arn:aws:iam::111111111111:role/operators",
    "arn:aws:iam::888888888888:role/teams/on-call",
  ];
  file.appAccounts.payments.fleet = true;
  const accounts = { principals: { accounts: ["222222222222", "333333333333"] } };
  const twoUnits = { organizationalUnits: ["ou-abcd-11111111", "ou-abcd-22222222"] };
  const oneUnit = { organizationalUnits: ["ou-abcd-11111111"] };
  file.sharedAccount.evidence = true;
  file.sharedAccount.notes = { emails: ["releases@example.com"] };
  file.sharedAccount.watermarks = true;
  const findings = { maxSeverity: "high" };
  file.images.base.share.channels = {
    canary: { principals: twoUnits, findings },
    stable: accounts,
  };
  file.images.web.share = {
    channels: { partners: { principals: { accounts: ["444444444444"] } } },
  };
  file.images.base.workflows = { tests: [{ document: "gate.yaml" }] };
  // An execution role writes a parameter outside /imagebuilder/.
  file.images.base.outputs = { parameter: "/golden/base" };
  file.sharedAccount.buildAccess = {
    ...ACCESS,
    policies: ["arn:aws:iam::111111111111:policy/read-licenses"],
  };
  file.images.web.components.push({ document: "fetch.yaml" });
  file.images.web.buildAccess = {
    policies: ["arn:aws:iam::111111111111:policy/teams/read-sources"],
  };
  file.containers = {
    runtime: {
      ...minimalContainer(),
      share: { channels: { canary: { principals: oneUnit }, stable: accounts } },
    },
  };
  return file;
}

/** The proof that found the last change is the first: it often finds the next one too. */
const proofs = [...PROOFS];

function proofFindsProblem(fixture: PolicyFixture): boolean {
  for (const [index, proof] of proofs.entries()) {
    try {
      proof.check(fixture);
    } catch {
      proofs.splice(index, 1);
      proofs.unshift(proof);
      return true;
    }
  }
  return false;
}

function isFound(
  factory: VersionedFactory,
  stacks: SynthesizedStacks,
  reference: AuthorizationReference,
): boolean {
  try {
    const fixture = new PolicyFixture(factory, stacks, reference);
    return (
      violations(fixture.stacks).length > 0 ||
      lintPolicies(fixture.stacks, reference).length > 0 ||
      proofFindsProblem(fixture)
    );
  } catch {
    return true;
  }
}

interface Change {
  readonly change: string;
  readonly config: Block;
}

function permissionChanges(config: Block): Change[] {
  const { source_arn: _source, ...withoutSource } = config;
  return [
    { change: "drop its source", config: withoutSource },
    ...["s3.amazonaws.com", "*", "888888888888"].map((principal) => ({
      change: `for ${principal}`,
      config: { ...config, principal },
    })),
  ];
}

function policyChanges(config: Block, argument: string): Change[] {
  const document = JSON.parse(config[argument]);
  const statements: readonly Statement[] = document.Statement;
  const withStatements = (Statement: readonly Statement[]): Block => ({
    ...config,
    [argument]: JSON.stringify({ ...document, Statement }),
  });
  const added: Block = { ...statements[0], Sid: "More", Effect: "Allow" };
  return [
    { change: ": add a statement", config: withStatements([...statements, added]) },
    ...statements.flatMap((statement, index) =>
      mutantsOf(statement).map(({ change, statement: mutant }) => ({
        change: `, ${statement.Sid}: ${change}`,
        config: withStatements(statements.toSpliced(index, 1, ...(mutant ? [mutant] : []))),
      })),
    ),
  ];
}

function resourceChanges(type: string, config: Block): Change[] {
  // A lifecycle policy deletes images; it grants nothing.
  if (type === "aws_ecr_lifecycle_policy") return [];
  const ofPermission = type === "aws_lambda_permission" ? permissionChanges(config) : [];
  const ofPolicies = ["policy", "assume_role_policy"]
    .filter((argument) => typeof config[argument] === "string")
    .flatMap((argument) => policyChanges(config, argument));
  return [
    ...ofPermission.map(({ change, config: changed }) => ({
      change: `: ${change}`,
      config: changed,
    })),
    ...ofPolicies,
  ];
}

function replaceResource(
  json: TerraformJson,
  type: string,
  id: string,
  config: Block,
): TerraformJson {
  const { resource = {} } = json;
  return { ...json, resource: { ...resource, [type]: { ...resource[type], [id]: config } } };
}

/** Every change of the policies of a factory, with the stacks that result from it. */
function* changesOf(stacks: SynthesizedStacks): Generator<readonly [string, SynthesizedStacks]> {
  for (const [stack, json] of Object.entries(stacks))
    for (const [type, named] of Object.entries(json.resource ?? {}))
      for (const [id, original] of Object.entries(named))
        for (const { change, config } of resourceChanges(type, original))
          yield [
            `${stack}: ${type}.${id}${change}`,
            { ...stacks, [stack]: replaceResource(json, type, id, config) },
          ];
}

async function main(): Promise<void> {
  const reference = await authorizationReference();
  const factory = versioned(factoryFile(), {
    "agent.yaml": DOCUMENT,
    "gate.yaml": WORKFLOW,
    "fetch.yaml": FETCH,
  });
  const stacks = synthFactory(factory);
  if (isFound(factory, stacks, reference))
    throw new Error("the proofs, rules and policy lint must accept the unchanged factory");

  let total = 0;
  const missed: string[] = [];
  for (const [change, changed] of changesOf(stacks)) {
    total += 1;
    if (!isFound(factory, changed, reference)) missed.push(change);
  }
  let unexplained = 0;
  for (const change of missed) {
    const [, reason] = EQUIVALENT.find(([pattern]) => pattern.test(change)) ?? [];
    if (reason === undefined) unexplained += 1;
    console.log(`not found: ${change}${reason === undefined ? "" : ` (${reason})`}`);
  }
  const found = total - missed.length;
  const share = found / total;
  console.log(
    `${found} of ${total} changes of policies are found: ${(share * 100).toFixed(1)} %, must be at least ${MIN_FOUND * 100} %`,
  );
  if (share < MIN_FOUND || unexplained > 0) process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
