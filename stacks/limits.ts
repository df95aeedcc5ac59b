/** Checks synthesized resources against limits of AWS that only their rendered size shows. */

import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { EcrRepositoryPolicy } from "@cdktf/provider-aws/lib/ecr-repository-policy";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { DefaultTokenResolver, StringConcat, TerraformStack, Tokenization } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { ConfigError } from "../config/problems";
import { BUILD_ACCESS_POLICY } from "../modules/build-environment/build-role";

/** Maximum sizes, in characters. Only that of trust policies can be raised. */
const LIMITS = {
  /** https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
  keyPolicy: 32_768,
  /** https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
  repositoryPolicy: 10_240,
  /**
   * All inline policies of a role together, and each managed policy.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
   */
  inlinePolicies: 10_240,
  managedPolicy: 6_144,
  /** Trust policy of a role, without a raised quota. */
  trustPolicy: 2_048,
  /**
   * Metrics.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
   */
  graph: 500,
  dashboard: 2_500,
};

/** No ARN that policies refer to is longer. */
const ARN_LENGTH = 128;

const FEWER_PRINCIPALS =
  "give the channels organizational units or the organization in place of accounts";
const FEWER_OPERATORS = "name fewer operators, such as one role that several people assume";
const FEWER_IMAGES = "move images to another Region, account or factory file";
const LESS_ACCESS = "name fewer and shorter prefixes in buildAccess, or use buildAccess.policies";

/** Returns the length of a text, with the longest ARN in place of each reference. */
function lengthOf(text = ""): number {
  return text.replace(/\$\{TfToken\[[^\]]*\]\}/g, "x".repeat(ARN_LENGTH)).length;
}

interface Measure {
  /** Names the resource. */
  readonly of: string;
  readonly size: number;
  readonly limit: number;
  readonly unit: "characters" | "metrics";
  readonly wayOut: string;
}

function policyMeasure(construct: IConstruct): Measure | undefined {
  const measure = (
    of: string,
    policy: string | undefined,
    limit: number,
    wayOut: string,
  ): Measure => ({
    of,
    size: lengthOf(policy),
    limit,
    unit: "characters",
    wayOut,
  });
  if (construct instanceof KmsKey)
    return measure(
      `the policy of the KMS key '${construct.descriptionInput}'`,
      construct.policyInput,
      LIMITS.keyPolicy,
      FEWER_PRINCIPALS,
    );
  if (construct instanceof EcrRepositoryPolicy)
    return measure(
      `the policy of the ECR repository of '${construct.node.scope?.node.id}'`,
      construct.policyInput,
      LIMITS.repositoryPolicy,
      FEWER_PRINCIPALS,
    );
  if (construct instanceof IamRole)
    return measure(
      `the trust policy of ${construct.nameInput}`,
      construct.assumeRolePolicyInput,
      LIMITS.trustPolicy,
      FEWER_OPERATORS,
    );
  if (construct instanceof IamPolicy)
    return measure(
      `the policy ${construct.nameInput}`,
      construct.policyInput,
      LIMITS.managedPolicy,
      FEWER_IMAGES,
    );
  return undefined;
}

/** Returns the name of a policy's role, or the address of the role that it refers to. */
function roleOf(policy: IamRolePolicy): string {
  const resolver = new DefaultTokenResolver(new StringConcat());
  const role = String(
    Tokenization.resolve(policy.roleInput, { scope: policy, resolver, preparing: false }),
  );
  return role.replace(/^\$\{(.*)\.\w+\}$/, "$1");
}

/** Measures the inline policies of each role together. */
function inlinePolicyMeasures(constructs: readonly IConstruct[]): Measure[] {
  const sizes = new Map<string, number>();
  const buildRoles = new Set<string>();
  for (const one of constructs) {
    if (!(one instanceof IamRolePolicy)) continue;
    const role = roleOf(one);
    sizes.set(role, (sizes.get(role) ?? 0) + lengthOf(one.policyInput));
    if (one.nameInput === BUILD_ACCESS_POLICY) buildRoles.add(role);
  }
  return [...sizes].map(([role, size]) => ({
    of: `the inline policies of ${role}`,
    size,
    limit: LIMITS.inlinePolicies,
    unit: "characters",
    wayOut: buildRoles.has(role) ? LESS_ACCESS : FEWER_IMAGES,
  }));
}

interface Dashboard {
  readonly widgets: readonly { readonly properties: { readonly metrics: readonly unknown[] } }[];
}

function dashboardMeasures(dashboard: CloudwatchDashboard): Measure[] {
  const { widgets }: Dashboard = JSON.parse(dashboard.dashboardBodyInput ?? "{}");
  const counts = widgets.map(({ properties }) => properties.metrics.length);
  const of = `the dashboard ${dashboard.dashboardNameInput}`;
  const unit = "metrics";
  const wayOut = "remove maxAgeDays from channels that need no alarm";
  return [
    { of: `a graph of ${of}`, size: Math.max(...counts), limit: LIMITS.graph, unit, wayOut },
    {
      of,
      size: counts.reduce((sum, count) => sum + count, 0),
      limit: LIMITS.dashboard,
      unit,
      wayOut,
    },
  ];
}

function measures(stack: TerraformStack): Measure[] {
  const constructs = stack.node.findAll();
  return [
    ...constructs.flatMap((one) => policyMeasure(one) ?? []),
    ...inlinePolicyMeasures(constructs),
    ...constructs.flatMap((one) =>
      one instanceof CloudwatchDashboard ? dashboardMeasures(one) : [],
    ),
  ];
}

function format(count: number): string {
  return count.toLocaleString("en-US");
}

/**
 * Checks every stack in a scope. An apply would fail halfway otherwise.
 *
 * Throws a `ConfigError` that lists what is too large, and how to make it smaller.
 */
export function assertWithinLimits(scope: Construct): void {
  const problems = scope.node.children.filter(TerraformStack.isStack).flatMap((stack) =>
    measures(stack)
      .filter(({ size, limit }) => size > limit)
      .map(
        ({ of, size, limit, unit, wayOut }) =>
          `  ${stack.node.id}: ${of} must have at most ${format(limit)} ${unit}, got: ${format(size)}; ${wayOut}`,
      ),
  );
  if (problems.length > 0)
    throw new ConfigError(["AWS would reject these resources:", ...problems].join("\n"));
}
