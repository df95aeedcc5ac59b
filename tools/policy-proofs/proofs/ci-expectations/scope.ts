/** The account and Region whose resources the roles for GitHub Actions may access. */
import { buildablesOf } from "../../../../config/model";
import type { Resource } from "../../../iam/resolved-stacks";
import type { PolicyFixture } from "../../policy-fixture";
import { amiParameters, hasRecorder, isFollowing, needsExecutionRole, ownerOf } from "../support";

export const PREFIX = "golden-image-factory";

/** An account and Region with the names and ARNs of its resources. */
export interface Scope {
  readonly account: string;
  readonly sharedAccount: string;
  readonly region: string;
  /** Whether it is the shared account. */
  readonly isShared: boolean;
  readonly stateBucket: string;
  /** The stack of the state bucket. */
  readonly stateStack: string;
  /** Whether an image of the account follows its parent. */
  readonly hasRebuilder: boolean;
  /** Whether operators may look at the account. */
  readonly hasFleetRole: boolean;
  /** Whether it is the shared account, and records builds. */
  readonly hasRecorder: boolean;
  /** Whether it is the shared account, and stores evidence about builds. */
  readonly hasEvidence: boolean;
  /** Whether Terraform rejects plans that destroy keys and buckets with objects. */
  readonly isProtected: boolean;
  readonly hasContainers: boolean;
  readonly hasExecutionRole: boolean;
  /** Paths of the SSM parameters that contain the IDs of parents and of build instances' AMIs. */
  readonly amiParameters: readonly string[];
  /** ARNs of the policies that build roles may have, in addition to AWS's. */
  readonly buildPolicies: readonly string[];
  readonly arn: (service: string, resource: string) => string;
  readonly iamArn: (resource: string) => string;
}

/** The scope of a plan or deploy role. */
export function scopeOf(fixture: PolicyFixture, role: Resource): Scope {
  const { factory, stacks } = fixture;
  const { account, region, stack } = role;
  const owner = ownerOf(fixture, role);
  const buildables = buildablesOf(owner);
  const isShared = owner === factory.shared;
  const [bucket] = stacks.resourcesOf("aws_s3_bucket", stack);
  return {
    account,
    sharedAccount: factory.shared.id,
    region,
    isShared,
    stateBucket: String(bucket?.config.bucket),
    stateStack: stack,
    hasRebuilder: buildables.some(isFollowing),
    hasFleetRole: factory.apps.some((app) => app === owner && app.fleet),
    hasRecorder: isShared && hasRecorder(factory),
    hasEvidence: isShared && factory.evidence,
    isProtected: factory.protect,
    hasContainers: buildables.some(({ kind }) => kind === "container"),
    hasExecutionRole: buildables.some(needsExecutionRole),
    amiParameters: buildables.flatMap(amiParameters),
    buildPolicies: [owner, ...buildables].flatMap(({ buildAccess }) => buildAccess.policies),
    arn: (service, resource) => `arn:aws:${service}:${region}:${account}:${resource}`,
    iamArn: (resource) => `arn:aws:iam::${account}:${resource}`,
  };
}
