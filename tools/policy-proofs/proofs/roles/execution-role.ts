/** The permissions of the roles with which Image Builder runs workflows and writes parameters. */
import { deepStrictEqual } from "node:assert";
import { PRIVATE_HOST, PRIVATE_PARENT } from "../../../fixtures/random-factories";
import type { Resource } from "../../../iam/resolved-stacks";
import type { PolicyFixture } from "../../policy-fixture";
import { amiParameters, type Proof } from "../support";
import { type Actions, actionsIn, actionsOf, buildablesFor, checkKeys } from "./support";

/** The steps of the fixtures' workflow `gate` name a document, a function and a state machine. */
function checkWorkflowSteps(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const { account, region } = role;
  const usesGate = buildablesFor(fixture, role).some(({ workflows }) =>
    workflows.some(({ source }) => "document" in source && source.document.name === "gate"),
  );
  const forGate = (...names: string[]): string[] => (usesGate ? names : []);
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${region}:${account}:${resource}`;
  const states = "arn:aws:states:eu-west-1:111111111111";
  deepStrictEqual(actions("ssm", arn("ssm", "document/Harden")), forGate("SendCommand"));
  deepStrictEqual(actions("ssm", arn("ssm", "document/Other")), []);
  deepStrictEqual(actions("lambda", arn("lambda", "function:notify")), forGate("InvokeFunction"));
  deepStrictEqual(actions("lambda", arn("lambda", "function:other")), []);
  deepStrictEqual(actions("states", `${states}:stateMachine:check`), forGate("StartExecution"));
  deepStrictEqual(actions("states", `${states}:execution:check:1`), forGate("DescribeExecution"));
  deepStrictEqual(actions("states", arn("states", "stateMachine:other")), []);
}

function checkParameters(fixture: PolicyFixture, role: Resource, actions: Actions): void {
  const buildables = buildablesFor(fixture, role);
  const images = buildables.flatMap((one) => (one.kind === "image" ? [one] : []));
  for (const path of ["/golden/base", "/golden/other"])
    for (const region of [role.region, "ap-south-1"]) {
      const isWritten = images.some(
        ({ parameter, copyToRegions }) =>
          parameter === path && (region === role.region || copyToRegions.includes(region)),
      );
      deepStrictEqual(
        actions("ssm", `arn:aws:ssm:${region}:${role.account}:parameter${path}`),
        isWritten ? ["PutParameter"] : [],
        path,
      );
    }
  for (const path of [PRIVATE_PARENT, PRIVATE_HOST]) {
    const isRead = buildables.some((one) => amiParameters(one).includes(path));
    deepStrictEqual(
      actions("ssm", `arn:aws:ssm:${role.region}:${role.account}:parameter${path}`),
      isRead ? ["GetParameter"] : [],
      path,
    );
  }
}

const EXECUTION_ROLE_ACTIONS = [
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "lambda:InvokeFunction",
  "ssm:GetParameter",
  "ssm:PutParameter",
  "ssm:SendCommand",
  "states:DescribeExecution",
  "states:StartExecution",
];

export const EXECUTION_ROLES: Proof = {
  name: "an execution role has AWS's managed policy, and in addition only permissions that its workflows and parameters need",
  check: (fixture) => {
    const { stacks } = fixture;
    const roles = stacks
      .resourcesOf("aws_iam_role")
      .filter(({ config }) => /-execution-/.test(config.name));
    for (const role of roles) {
      const by = fixture.role(role);
      // Without the managed policy.
      const identity = [stacks.documentOf(stacks.arnOf(role), "identity")];
      const actions = actionsOf(fixture, { ...by, identity }, role.account);
      checkWorkflowSteps(fixture, role, actions);
      checkParameters(fixture, role, actions);
      checkKeys(fixture, role, actions);
      deepStrictEqual(
        actionsIn(identity).filter((action) => !EXECUTION_ROLE_ACTIONS.includes(action)),
        [],
        role.config.name,
      );
    }
  },
};
