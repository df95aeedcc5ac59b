import { Construct } from "constructs";
import { LogGroup } from "../common/log-group";
import { PrivateBucket } from "../common/private-bucket";
import { DataKey, type DataKeyProps } from "../keys/data-key";
import { BuildRole, type ContainerPermissions } from "./build-role";
import { ExecutionRole, type ExecutionRoleProps } from "./execution-role";
import { LifecycleRole } from "./lifecycle-role";
import { NotificationTopic } from "./notification-topic";

export interface BuildEnvironmentProps {
  readonly dataKey: DataKeyProps;
  readonly topicName: string;
  readonly emails: readonly string[];
  readonly componentBucket: string;
  readonly logBucket: string;
  readonly buildRoleName: string;
  readonly lifecycleRoleName: string;
  /** Of the instances that build containers. @default - none are built */
  readonly containers?: { readonly buildRoleName: string; readonly rights: ContainerPermissions };
  /** The role that Image Builder builds in. @default - its service-linked role does */
  readonly execution?: Omit<ExecutionRoleProps, "partition" | "dataKeyArn">;
  /** Image Builder's log groups, by image. */
  readonly imageLogGroups: Readonly<Record<string, string>>;
  /** Whether the buckets refuse to go while something is in them. */
  readonly protect: boolean;
}

/** What an image needs of its place to be built. */
export interface BuildSettings {
  readonly instanceProfileName: string;
  /** Of those that build containers. @default - none are built */
  readonly containerInstanceProfileName?: string;
  readonly logBucket: string;
  readonly topicArn: string;
  readonly lifecycleRoleArn: string;
  /** @default - Image Builder builds in its service-linked role */
  readonly executionRoleArn?: string;
}

/** What all images of an account and Region share: data key, topic, buckets, logs and roles. */
export class BuildEnvironment extends Construct implements BuildSettings {
  readonly dataKeyArn: string;
  readonly topicArn: string;
  readonly componentBucket: string;
  readonly logBucket: string;
  readonly instanceProfileName: string;
  readonly containerInstanceProfileName?: string;
  readonly lifecycleRoleArn: string;
  readonly executionRoleArn?: string;

  constructor(scope: Construct, id: string, props: BuildEnvironmentProps) {
    super(scope, id);
    const { accountId, partition } = props.dataKey;
    const emptyOnDestroy = !props.protect;
    const { arn: keyArn } = new DataKey(this, "data-key", props.dataKey);
    this.dataKeyArn = keyArn;

    const { topicName, emails } = props;
    this.topicArn = new NotificationTopic(this, "topic", {
      name: topicName,
      accountId,
      keyArn,
      emails,
    }).arn;

    this.componentBucket = new PrivateBucket(this, "components", {
      name: props.componentBucket,
      keyArn,
      emptyOnDestroy,
    }).name;
    const logs = new PrivateBucket(this, "logs", {
      name: props.logBucket,
      keyArn,
      expireDays: 90,
      emptyOnDestroy,
    });
    this.logBucket = logs.name;
    const imageLogs = new Construct(this, "image-logs");
    for (const [image, logGroup] of Object.entries(props.imageLogGroups)) {
      new LogGroup(imageLogs, image, { name: logGroup, keyArn });
    }

    const role = { partition, logBucketArn: logs.arn, dataKeyArn: keyArn };
    this.instanceProfileName = new BuildRole(this, "build-role", {
      name: props.buildRoleName,
      ...role,
    }).instanceProfileName;
    if (props.containers) {
      const { buildRoleName: name, rights } = props.containers;
      const { instanceProfileName } = new BuildRole(this, "container-build-role", {
        name,
        containers: rights,
        ...role,
      });
      this.containerInstanceProfileName = instanceProfileName;
    }
    if (props.execution) {
      const execution = new ExecutionRole(this, "execution-role", {
        ...props.execution,
        partition,
        dataKeyArn: keyArn,
      });
      this.executionRoleArn = execution.arn;
    }
    this.lifecycleRoleArn = new LifecycleRole(this, "lifecycle-role", {
      name: props.lifecycleRoleName,
      partition,
    }).arn;
  }
}
