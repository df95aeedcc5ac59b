import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { LogGroup } from "../common/log-group";
import { PrivateBucket } from "../common/private-bucket";
import { DataKey, type DataKeyProps } from "../keys/data-key";
import type { BuildAccess } from "./build-access";
import { BuildRole, type ContainerPermissions, type FactoryBuckets } from "./build-role";
import { ExecutionRole, type ExecutionRoleProps } from "./execution-role";
import { LifecycleRole } from "./lifecycle-role";
import { NotificationTopic } from "./notification-topic";

export interface BuildEnvironmentProps {
  readonly dataKey: DataKeyProps;
  readonly topicName: string;
  /** E-mail addresses that are subscribed to the topic. */
  readonly emails: readonly string[];
  readonly componentBucket: string;
  readonly logBucket: string;
  /** Patterns of the ARNs of the build instances' roles. They can't access the component bucket. */
  readonly buildRoleArns: readonly string[];
  readonly buildRoleName: string;
  /** Permissions that all build instances of the account have in addition. */
  readonly access: BuildAccess;
  /** Roles of the instances that build images or containers with additional permissions. */
  readonly imageBuildRoles: readonly ImageBuildRole[];
  readonly factoryBuckets: FactoryBuckets;
  readonly lifecycleRoleName: string;
  /** Role of the instances that build containers. @default - no containers are built */
  readonly containers?: {
    readonly buildRoleName: string;
    readonly permissions: ContainerPermissions;
  };
  /**
   * Role that Image Builder assumes during builds.
   * @default - Image Builder uses its service-linked role
   */
  readonly execution?: Omit<ExecutionRoleProps, "partition" | "dataKeyArn">;
  /** Image Builder's log groups, by image. */
  readonly imageLogGroups: Readonly<Record<string, string>>;
  /** Whether destroying a bucket fails while it contains objects. */
  readonly protect: boolean;
}

/** The role of the instances that build one image or container. */
export interface ImageBuildRole {
  readonly image: string;
  readonly name: string;
  /** Permissions of the account and of the image. */
  readonly access: BuildAccess;
  /** Permissions for building containers. @default - it is for a machine image */
  readonly containers?: ContainerPermissions | undefined;
}

/** Resources of an account and Region that its images are built with. */
export interface BuildSettings {
  readonly instanceProfileName: string;
  /** Instance profile of the instances that build containers. @default - no containers are built */
  readonly containerInstanceProfileName?: string;
  /** Instance profiles of images and containers with a separate build role, by image. */
  readonly imageInstanceProfileNames: Readonly<Record<string, string>>;
  readonly logBucket: string;
  readonly topicArn: string;
  readonly lifecycleRoleArn: string;
  /** @default - Image Builder uses its service-linked role */
  readonly executionRoleArn?: string;
  /** Dependencies of resources that use the environment. @default - they are in another stack */
  readonly prerequisites?: Prerequisites;
}

/**
 * Resources that builds use and that nothing refers to. Without these dependencies, Terraform may
 * create a pipeline first, and its first build fails.
 */
export interface Prerequisites {
  /** Permissions of the roles of builds. */
  readonly builds: readonly ITerraformDependable[];
  /** Permissions of the role of lifecycle policies. */
  readonly lifecycle: readonly ITerraformDependable[];
  /**
   * Image Builder's log groups, by image. Image Builder would create one that keeps logs forever.
   */
  readonly imageLogs: Readonly<Record<string, ITerraformDependable>>;
}

/**
 * Resources that all images of an account and Region share: data key, topic, buckets, logs and
 * roles.
 */
export class BuildEnvironment extends Construct implements BuildSettings {
  readonly dataKeyArn: string;
  readonly topicArn: string;
  readonly componentBucket: string;
  readonly componentBucketArn: string;
  readonly logBucket: string;
  readonly instanceProfileName: string;
  readonly containerInstanceProfileName?: string;
  readonly imageInstanceProfileNames: Readonly<Record<string, string>>;
  readonly lifecycleRoleArn: string;
  readonly executionRoleArn?: string;
  readonly prerequisites: Prerequisites;

  constructor(scope: Construct, id: string, props: BuildEnvironmentProps) {
    super(scope, id);
    const { dataKey, containers, execution } = props;
    const { accountId, partition } = dataKey;
    const { arn: keyArn } = new DataKey(this, "data-key", dataKey);
    this.dataKeyArn = keyArn;

    this.topicArn = new NotificationTopic(this, "topic", {
      name: props.topicName,
      accountId,
      keyArn,
      emails: props.emails,
    }).arn;

    const emptyOnDestroy = !props.protect;
    const components = new PrivateBucket(this, "components", {
      name: props.componentBucket,
      keyArn,
      deniedRoles: props.buildRoleArns,
      emptyOnDestroy,
    });
    this.componentBucket = components.name;
    this.componentBucketArn = components.arn;
    const logs = new PrivateBucket(this, "logs", {
      name: props.logBucket,
      keyArn,
      expireDays: 90,
      emptyOnDestroy,
    });
    this.logBucket = logs.name;
    const imageLogs = this.addImageLogs(props.imageLogGroups, keyArn);

    const { access, factoryBuckets } = props;
    const common = { partition, logBucketArn: logs.arn, dataKeyArn: keyArn, factoryBuckets };
    const buildRole = new BuildRole(this, "build-role", {
      name: props.buildRoleName,
      access,
      ...common,
    });
    this.instanceProfileName = buildRole.instanceProfileName;
    const containerBuildRole =
      containers &&
      new BuildRole(this, "container-build-role", {
        name: containers.buildRoleName,
        containers: containers.permissions,
        access,
        ...common,
      });
    this.containerInstanceProfileName = containerBuildRole?.instanceProfileName;
    const roleScope = new Construct(this, "build-roles");
    const imageRoles = props.imageBuildRoles.map(({ image, ...role }) => ({
      image,
      role: new BuildRole(roleScope, image, { ...role, ...common }),
    }));
    this.imageInstanceProfileNames = Object.fromEntries(
      imageRoles.map(({ image, role }) => [image, role.instanceProfileName]),
    );
    const executionRole =
      execution &&
      new ExecutionRole(this, "execution-role", { ...execution, partition, dataKeyArn: keyArn });
    this.executionRoleArn = executionRole?.arn;
    const lifecycleRole = new LifecycleRole(this, "lifecycle-role", {
      name: props.lifecycleRoleName,
      partition,
    });
    this.lifecycleRoleArn = lifecycleRole.arn;
    const buildRoles = [
      buildRole,
      containerBuildRole,
      ...imageRoles.map(({ role }) => role),
      executionRole,
    ];
    this.prerequisites = {
      builds: buildRoles.flatMap((role) => role?.permissions ?? []),
      lifecycle: lifecycleRole.permissions,
      imageLogs,
    };
  }

  private addImageLogs(
    logGroups: Readonly<Record<string, string>>,
    keyArn: string,
  ): Prerequisites["imageLogs"] {
    const scope = new Construct(this, "image-logs");
    const groups = Object.entries(logGroups).map(([image, name]) => [
      image,
      new LogGroup(scope, image, { name, keyArn }).group,
    ]);
    return Object.fromEntries(groups);
  }
}
