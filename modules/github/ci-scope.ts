/** Names and ARNs of the resources that the roles of GitHub Actions may access in an account. */

/**
 * Names and patterns of names. Patterns cover every Region and image, so that new ones don't need
 * other permissions.
 */
export interface CiScope {
  readonly partition: string;
  /** 12 digits. */
  readonly accountId: string;
  /** Account of the parents, and of the key that app accounts grant to Auto Scaling. 12 digits. */
  readonly sharedAccountId: string;
  /** Prefix of the names of topics, queues, functions, rules and dashboards. */
  readonly prefix: string;
  readonly alarmPrefix: string;
  /** Names of the roles that the stacks create, by the service that assumes them. */
  readonly roles: Readonly<Record<"ec2" | "imagebuilder" | "lambda", string>>;
  /**
   * Names of the rebuilder's function, queue and rules, and of its roles.
   * @default - no image of the account follows its parent
   */
  readonly rebuilder?: { readonly resources: string; readonly roles: string } | undefined;
  /** Name of the role of `factory fleet`. @default - operators can't look at the account */
  readonly fleetRole?: string | undefined;
  /**
   * Names of the roles of the recorder, and of the buckets for evidence if there are any.
   * @default - the account records no builds
   */
  readonly recorder?:
    | {
        readonly roles: string;
        readonly buckets: string | undefined;
        /** Whether Terraform may destroy a bucket with its objects. */
        readonly emptiesBuckets: boolean;
      }
    | undefined;
  /** Whether the account builds containers. */
  readonly hasContainers: boolean;
  /** Names of the containers' repositories. */
  readonly repositories: string;
  /** Names of the execution roles. @default - the account has none */
  readonly executionRoles?: string;
  /** ARNs of the SSM parameters that contain the IDs of parents and of build instances' AMIs. */
  readonly parentParameters: readonly string[];
  /** ARNs of the customer managed policies that are attached to build roles. */
  readonly buildPolicies: readonly string[];
  readonly componentBuckets: string;
  readonly logBuckets: string;
  readonly logGroups: readonly string[];
  readonly aliases: string;
  readonly stateBucket: string;
  /** Keys of the states of all stacks. */
  readonly stateKeys: string;
  /** Key of the state of the stack that creates the CI roles. */
  readonly ownStateKey: string;
  /** Names of the CI roles. */
  readonly ciRoles: readonly string[];
  /** Name of the CI role that deploys. */
  readonly deployRole: string;
}

/** Returns whether the account shares images: it has resource shares and the updater. */
export function isSharedAccount({ accountId, sharedAccountId }: CiScope): boolean {
  return accountId === sharedAccountId;
}

/** ARN of a resource of the account, in any Region. */
export function regionalArn(
  { partition, accountId }: CiScope,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:*:${accountId}:${resource}`;
}

/** ARN of a resource of the shared account, in any Region. */
export function sharedAccountArn(scope: CiScope, service: string, resource: string): string {
  return regionalArn({ ...scope, accountId: scope.sharedAccountId }, service, resource);
}

/** ARN of a resource that belongs to no Region, of IAM or CloudWatch. */
export function globalArn(
  { partition, accountId }: CiScope,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}::${accountId}:${resource}`;
}

/** ARN of a bucket, or of objects as `BUCKET/KEY`. */
export function s3Arn({ partition }: CiScope, resource: string): string {
  return `arn:${partition}:s3:::${resource}`;
}

export function roleArn(scope: CiScope, name: string): string {
  return globalArn(scope, "iam", `role/${name}`);
}

export function managedPolicyArn({ partition }: CiScope, name: string): string {
  return `arn:${partition}:iam::aws:policy/${name}`;
}
