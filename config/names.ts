/**
 * What two stacks, two accounts or the updater must agree on, as pure functions: no ARN is copied by hand and no stack reads
 * another's state.
 */

/** Starts the name of everything that isn't an image's own. */
const FACTORY = "golden-image-factory";

/** The same where no path follows. */
export const NAME_PREFIX = `${FACTORY}-`;

/** An account's corner of a Region: where a regional resource lives. */
export interface Place {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
}

/** How stacks and the ledger call the account that bakes the golden images; no app may be called so. */
export const SHARED_ACCOUNT = "shared";

// Region prefixes: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-isob-", "aws-iso-b"],
  ["us-iso-", "aws-iso"],
  ["eusc-", "aws-eusc"],
];

/** The partition that a Region belongs to: `aws` unless its prefix says otherwise. */
export const partitionOf = (region: string): string => PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";

const arn = (service: string, { accountId, region }: Place, resource: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;

const iamArn = ({ accountId, region }: Place, resource: string): string =>
  `arn:${partitionOf(region)}:iam::${accountId}:${resource}`;

// Image Builder

/** An image of `place`. A range such as `x.x.x` resolves to the highest version that the caller may see. */
export const imageArn = (place: Place, name: string, version: string): string =>
  arn("imagebuilder", place, `image/${name}/${version}`);

/** An image's pipeline: Image Builder calls it as its image is. */
export const pipelineArn = (place: Place, image: string): string => arn("imagebuilder", place, `image-pipeline/${image}`);

/** An image that AWS maintains. */
export const awsManagedImageArn = (region: string, name: string, version: string): string =>
  imageArn({ accountId: "aws", region }, name, version);

/**
 * The only build of a component's version: the ledger never issues a version twice.
 * That the service counts builds from 1 is documented; that it does so after a version was deleted is assumed.
 */
export const componentArn = (place: Place, name: string, version: string): string =>
  arn("imagebuilder", place, `component/${name}/${version}/1`);

/** A component that AWS maintains. */
export const awsManagedComponentArn = (region: string, name: string, version: string): string =>
  arn("imagebuilder", { accountId: "aws", region }, `component/${name}/${version}`);

/**
 * An image's workflow. It is the image's own, and goes with it: an older version that another stack still used couldn't be deleted, and the
 * provider can't leave it.
 */
export const workflowName = (image: string, document: string): string => `${image}--${document}`;

/** A workflow that AWS maintains, which is taken in its newest version alone: aws/aws-cdk#29910. */
export const awsManagedWorkflowArn = (region: string, type: string, name: string): string =>
  arn("imagebuilder", { accountId: "aws", region }, `workflow/${type}/${name}/x.x.x`);

/** All builds of an image. */
export const imageBuildsArn = (place: Place, name: string): string => imageArn(place, name, "*");

/** Shares have random ids, so that a policy tells them by their tags. */
export const anyShareArn = (place: Place): string => arn("ram", place, "resource-share/*");

/** AMIs belong to no account in their ARNs. `region` may be `*`, for all of the partition. */
export const anyAmiArn = (place: Place, region: string): string => `arn:${partitionOf(place.region)}:ec2:${region}::image/*`;

/** AWS has an image for hosts of containers, whose id is in a parameter of its own: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html */
export const ecsHostImage = (architecture: "x86_64" | "arm64"): string =>
  `ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023${architecture === "arm64" ? "/arm64" : ""}/recommended/image_id`;

/** A container's repository in Amazon ECR. `container` may be `*`. */
export const repositoryName = (container: string): string => `${FACTORY}/${container}`;

export const repositoryArn = (place: Place, container: string): string =>
  arn("ecr", place, `repository/${repositoryName(container)}`);

export const scanRepositoryArn = (place: Place): string => arn("ecr", place, `repository/${SCAN_REPOSITORY}`);

/** Where Image Builder puts a copy of a container for Amazon Inspector. It makes and empties it itself. */
const SCAN_REPOSITORY = "image-builder-image-scanning-repository";

/** A repository in Amazon ECR by what a registry calls an image in it; `undefined` of another registry. */
export const repositoryOf = (uri: string): string | undefined => {
  const [, accountId, region, name] = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+\/([^:@]+)/.exec(uri) ?? [];
  return accountId && region && name ? arn("ecr", { accountId, region }, `repository/${name}`) : undefined;
};

/** Image Builder's own log group of an image. */
export const imageLogGroup = (image: string): string => `/aws/imagebuilder/${image}`;

/** The default name of an image's AMIs: Image Builder puts in the time of the build, which keeps names unique. */
export const defaultAmiName = (image: string): string => `${image}-{{ imagebuilder:buildDate }}`;

// Sharing

/** Starts the name of every alarm. */
export const ALARM_PREFIX = "golden-image-";

/** A channel's resource share. Neither name holds two hyphens in a row, so no two pairs make the same. */
export const shareName = (image: string, channel: string): string => `golden-image-${image}--${channel}`;

/** AWS's own permission for shared images, pinned so that a later default can't widen it. */
export const imagePermissionArn = (region: string): string =>
  `arn:${partitionOf(region)}:ram::aws:permission/AWSRAMDefaultPermissionImageBuilderImage`;

/** What the factory's own tag keys start with; factory.yaml may not set such a tag. */
export const TAG_PREFIX = "golden-image:";

/** On the AMIs of an image, and on what builds it. */
export const imageTags = (image: string): Record<string, string> => ({ [`${TAG_PREFIX}image`]: image });

// Keys

/** Encrypts the volumes of images: of golden ones in the shared account, of an app's own in its account. */
export const IMAGE_KEY_ALIAS = `alias/${FACTORY}/images`;

/** Encrypts the factory's own data: topic, queue, logs, components. Never shared. */
export const DATA_KEY_ALIAS = `alias/${FACTORY}/data`;

/** Pattern of both. */
export const ALL_ALIASES = `alias/${FACTORY}/*`;

export const aliasArn = (place: Place, alias: string): string => arn("kms", place, alias);

// Roles and the rest of a place

export const roleArn = (place: Place, name: string): string => iamArn(place, `role/${name}`);

/** Instance profile and role of the instances that build and test. IAM is global, so the Region is in the name. */
export const buildRoleName = (region: string): string => `${FACTORY}-build-${region}`;

/** The same of those that build containers. */
export const containerBuildRoleName = (region: string): string => `${FACTORY}-build-containers-${region}`;

/** The role that Image Builder builds in where its service-linked one isn't enough. */
export const executionRoleName = (region: string): string => `${FACTORY}-execution-${region}`;

export const lifecycleRoleName = (region: string): string => `${FACTORY}-lifecycle-${region}`;

/** Image Builder's service-linked role, which builds images and publishes notifications. */
export const imageBuilderRoleArn = (place: Place): string =>
  iamArn(place, "role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder");

/** Auto Scaling's service-linked role, which launches the instances of its groups. */
export const autoScalingRoleArn = (place: Place): string =>
  iamArn(place, "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");

/** The account itself, which hands rights on through its IAM policies. */
export const rootArn = (place: Place): string => iamArn(place, "root");

/** Any role that IAM Identity Center makes for a permission set; the suffix is random and the Region segment optional. */
export const permissionSetRoleArn = (place: Place, permissionSet: string): string =>
  iamArn(place, `role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_${permissionSet}_????????????????`);

// GitHub Actions

/** Whose tokens the roles of GitHub Actions trust. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";

/** GitHub's environment whose reviewers let a deployment go. */
export const DEPLOY_ENVIRONMENT = "production";

/**
 * What GitHub calls a repository's workflows, in the `sub` of their tokens, before what they run for: `OWNER/NAME`, or with the ids of both
 * behind an `@`, which no name can hold. Repositories that were made, renamed or transferred since July 2026 have ids, so a name without
 * them stands for both forms.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export const githubSubjects = (repository: string): string[] =>
  repository.includes("@") ? [`repo:${repository}`] : [`repo:${repository}`, `repo:${repository.replace("/", "@*/")}@*`];

/** The role that plans, and the one that deploys. IAM is global, and an account has one of each. */
export const PLAN_ROLE_NAME = `${FACTORY}-plan`;
export const DEPLOY_ROLE_NAME = `${FACTORY}-deploy`;

export const oidcProviderArn = (place: Place, issuer: string): string => iamArn(place, `oidc-provider/${issuer}`);

export const TOPIC_NAME = `${FACTORY}-notifications`;

export const topicArn = (place: Place): string => arn("sns", place, TOPIC_NAME);

export const UPDATER_NAME = `${FACTORY}-share-updater`;

export const UPDATER_LOG_GROUP = `/aws/lambda/${UPDATER_NAME}`;

/** The updater's role: IAM is global, so the Region is in the name. */
export const updaterRoleName = (region: string): string => `${UPDATER_NAME}-${region}`;

/** CloudWatch's dashboards have no Region of their own. */
export const dashboardName = (region: string): string => `${FACTORY}-${region}`;

/** What the path of a parameter begins with that Image Builder's own role may write. */
export const IMAGE_BUILDER_PARAMETERS = "/imagebuilder/";

/** A parameter's ARN has one slash before its name, whether that begins with one or not. `region` may be `*`, for all of the partition. */
export const parameterArn = (place: Place, name: string, region = place.region): string =>
  `arn:${partitionOf(place.region)}:ssm:${region}:${place.accountId}:parameter/${name.replace(/^\//, "")}`;

/** A document of Systems Manager, by its name or ARN. AWS's own belong to no account. */
export const documentArn = (place: Place, document: string): string => {
  if (document.startsWith("arn:")) return document;
  return arn("ssm", /^(AWS|Amazon)/.test(document) ? { ...place, accountId: "" } : place, `document/${document}`);
};

export const functionArn = (place: Place, name: string): string =>
  name.startsWith("arn:") ? name : arn("lambda", place, `function:${name}`);

/** Bucket names are global, so account and Region are in them. */
export const componentBucket = ({ accountId, region }: Place): string => `${FACTORY}-components-${accountId}-${region}`;

export const buildLogBucket = ({ accountId, region }: Place): string => `${FACTORY}-logs-${accountId}-${region}`;

// Organization

export interface OrganizationId {
  /** `o-…` */
  readonly id: string;
  readonly managementAccountId: string;
}

export const organizationArn = (region: string, { id, managementAccountId }: OrganizationId): string =>
  `arn:${partitionOf(region)}:organizations::${managementAccountId}:organization/${id}`;

export const organizationalUnitArn = (region: string, organization: OrganizationId, unit: string): string =>
  `arn:${partitionOf(region)}:organizations::${organization.managementAccountId}:ou/${organization.id}/${unit}`;

// Stacks and their state

export const stateStackId = (account: string): string => `state-${account}`;

export const sharedStackId = (region: string): string => `shared-${region}`;

/** The stack of one image whose parent is golden. */
export const childStackId = (region: string, image: string): string => `shared-${region}-${image}`;

export const appStackId = (app: string, region: string): string => `${app}-${region}`;

/** App names that would collide with the ids above. */
export const isReservedAppName = (name: string): boolean => /^(shared|state)(-|$)/.test(name);

export const stateKey = (stackId: string): string => `${FACTORY}/${stackId}.tfstate`;

/** The bucket that holds an account's state: `pattern` with `{account}` filled in. */
export const stateBucket = (pattern: string, accountId: string): string => pattern.replaceAll("{account}", accountId);
