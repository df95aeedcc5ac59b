/** The roles of the stacks: changing them, attaching policies and passing them to services. */
import { LICENSES_POLICY, SOURCES_POLICY } from "../../../fixtures/random-factories";
import type { Context } from "../../../iam/evaluate";
import { words } from "../support";
import { actionsIf, type Expectation, expectation } from "./expectation";
import { PREFIX, type Scope } from "./scope";

const ROLE_WRITES = words(`
  AddRoleToInstanceProfile CreateInstanceProfile CreateRole DeleteInstanceProfile DeleteRole
  DeleteRolePolicy PutRolePolicy RemoveRoleFromInstanceProfile TagInstanceProfile TagRole
  UntagInstanceProfile UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription
`);

const ROLE_READS = words("GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies");

const ATTACH_ACTIONS = ["AttachRolePolicy", "DetachRolePolicy"];

function roleArn({ region, iamArn }: Scope, name: string): string {
  return iamArn(`role/${PREFIX}-${name}-${region}`);
}

/** The context of a request to attach or detach an AWS managed policy. */
function managedPolicy(path: string): Context {
  return { "iam:PolicyARN": `arn:aws:iam::aws:policy/${path}` };
}

/** The context of a request to pass a role to a service. */
function passedTo(service: string): Context {
  return { "iam:PassedToService": `${service}.amazonaws.com` };
}

/** The managed policies that the deploy role may attach to the roles of the stacks. */
const ATTACHABLE_POLICIES = [
  ["build", "AmazonSSMManagedInstanceCore"],
  ["build", "EC2InstanceProfileForImageBuilder"],
  ["lifecycle", "service-role/EC2ImageBuilderLifecycleExecutionPolicy"],
  ["share-updater", "AmazonSSMManagedInstanceCore"],
] as const;

/** AWS managed policies, and those that `buildAccess` names. */
function attachmentExpectations(scope: Scope): Expectation[] {
  const build = roleArn(scope, "build");
  return [
    ...ATTACHABLE_POLICIES.map(([name, path]) =>
      expectation("iam", roleArn(scope, name), {
        context: managedPolicy(path),
        writes: [...ROLE_WRITES, ...ATTACH_ACTIONS],
      }),
    ),
    expectation("iam", build, {
      context: managedPolicy("AdministratorAccess"),
      writes: ROLE_WRITES,
    }),
    ...[LICENSES_POLICY, SOURCES_POLICY].flatMap((name) => {
      const policyArn = scope.iamArn(name);
      const context = { "iam:PolicyARN": policyArn };
      const isNamed = scope.buildPolicies.includes(policyArn);
      return [
        expectation("iam", build, {
          context,
          writes: [...ROLE_WRITES, ...actionsIf(isNamed, ATTACH_ACTIONS)],
        }),
        expectation("iam", roleArn(scope, "lifecycle"), { context, writes: ROLE_WRITES }),
      ];
    }),
  ];
}

function passRoleExpectations(scope: Scope): Expectation[] {
  const build = roleArn(scope, "build");
  const writes = [...ROLE_WRITES, "PassRole"];
  return [
    expectation("iam", build, { context: passedTo("ec2"), writes }),
    expectation("iam", build, { context: passedTo("lambda"), writes: ROLE_WRITES }),
    expectation("iam", roleArn(scope, "share-updater"), { context: passedTo("lambda"), writes }),
    expectation("iam", roleArn(scope, "lifecycle"), { context: passedTo("imagebuilder"), writes }),
  ];
}

/** The roles of functions that not every account has. */
function functionRoleExpectations(scope: Scope): Expectation[] {
  const functions = { rebuilder: scope.hasRebuilder, recorder: scope.hasRecorder };
  return Object.entries(functions).flatMap(([name, exists]) => {
    const role = roleArn(scope, name);
    const writes = actionsIf(exists, ROLE_WRITES);
    return [
      expectation("iam", role, { writes, reads: actionsIf(exists, ROLE_READS) }),
      expectation("iam", role, { context: managedPolicy("AmazonSSMManagedInstanceCore"), writes }),
      expectation("iam", role, {
        context: passedTo("lambda"),
        writes: actionsIf(exists, [...ROLE_WRITES, "PassRole"]),
      }),
      expectation("iam", role, { context: passedTo("ec2"), writes }),
    ];
  });
}

function fleetRoleExpectations({ iamArn, hasFleetRole }: Scope): Expectation[] {
  const contexts = [{}, managedPolicy("AmazonSSMManagedInstanceCore"), passedTo("lambda")];
  return contexts.map((context) =>
    expectation("iam", iamArn(`role/${PREFIX}-fleet`), {
      context,
      writes: actionsIf(hasFleetRole, ROLE_WRITES),
      reads: actionsIf(hasFleetRole, ROLE_READS),
    }),
  );
}

const EXECUTION_ROLE_WRITES = words(`
  CreateRole DeleteRole DeleteRolePolicy PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy
  UpdateRole UpdateRoleDescription
`);

/** Only accounts whose images need an execution role have one. */
function executionRoleExpectations(scope: Scope): Expectation[] {
  const { hasExecutionRole } = scope;
  const role = roleArn(scope, "execution");
  const withContext = (context: Context, ...actions: string[]): Expectation =>
    expectation("iam", role, {
      context,
      writes: actionsIf(hasExecutionRole, [...EXECUTION_ROLE_WRITES, ...actions]),
    });
  return [
    expectation("iam", role, {
      writes: actionsIf(hasExecutionRole, EXECUTION_ROLE_WRITES),
      reads: actionsIf(hasExecutionRole, ROLE_READS),
    }),
    withContext(managedPolicy("EC2ImageBuilderExecutionPolicy"), ...ATTACH_ACTIONS),
    withContext(managedPolicy("AdministratorAccess")),
    withContext(passedTo("imagebuilder"), "PassRole"),
    withContext(passedTo("ec2")),
  ];
}

/** The role that Image Builder creates in each account. */
function serviceLinkedRoleExpectations({ iamArn }: Scope): Expectation[] {
  const role = (service: string, name: string): string =>
    iamArn(`role/aws-service-role/${service}.amazonaws.com/${name}`);
  return [
    expectation("iam", role("imagebuilder", "AWSServiceRoleForImageBuilder"), {
      writes: ["CreateServiceLinkedRole"],
      reads: ["GetRole"],
      isDeployOnly: true,
    }),
    expectation("iam", role("other", "X")),
  ];
}

export function roleExpectations(scope: Scope): Expectation[] {
  const { region, iamArn } = scope;
  return [
    ...["build", "lifecycle", "share-updater"].map((name) =>
      expectation("iam", roleArn(scope, name), { writes: ROLE_WRITES, reads: ROLE_READS }),
    ),
    // The build role of an image.
    expectation("iam", `${roleArn(scope, "build")}--base`, {
      writes: ROLE_WRITES,
      reads: ROLE_READS,
    }),
    expectation("iam", iamArn(`instance-profile/${PREFIX}-build-${region}`), {
      writes: ROLE_WRITES,
      reads: ["GetInstanceProfile"],
    }),
    ...attachmentExpectations(scope),
    ...passRoleExpectations(scope),
    ...functionRoleExpectations(scope),
    ...fleetRoleExpectations(scope),
    ...executionRoleExpectations(scope),
    ...serviceLinkedRoleExpectations(scope),
  ];
}
