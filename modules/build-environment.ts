import { Construct } from "constructs";
import { BuildRole } from "./build-role";
import { DataKey, type DataKeyProps } from "./data-key";
import { LifecycleRole } from "./lifecycle-role";
import { LogGroup } from "./log-group";
import { NotificationTopic } from "./notification-topic";
import { PrivateBucket } from "./private-bucket";

export interface BuildEnvironmentProps {
  readonly dataKey: DataKeyProps;
  readonly topicName: string;
  readonly emails: readonly string[];
  readonly componentBucket: string;
  readonly logBucket: string;
  readonly buildRoleName: string;
  readonly lifecycleRoleName: string;
  /** Image Builder's log groups, by image. */
  readonly imageLogGroups: Readonly<Record<string, string>>;
  /** Whether the buckets refuse to go while something is in them. */
  readonly protect: boolean;
}

/** What an image needs of its place to be built. */
export interface BuildPlace {
  readonly instanceProfileName: string;
  readonly logBucket: string;
  readonly topicArn: string;
  readonly lifecycleRoleArn: string;
}

/** What all images of an account and Region share: data key, topic, buckets, logs and roles. */
export class BuildEnvironment extends Construct implements BuildPlace {
  readonly dataKeyArn: string;
  readonly topicArn: string;
  readonly componentBucket: string;
  readonly logBucket: string;
  readonly instanceProfileName: string;
  readonly lifecycleRoleArn: string;

  constructor(scope: Construct, id: string, props: BuildEnvironmentProps) {
    super(scope, id);
    const { accountId, partition } = props.dataKey;
    const emptyOnDestroy = !props.protect;
    const { arn: keyArn } = new DataKey(this, "data-key", props.dataKey);
    this.dataKeyArn = keyArn;

    const { topicName: name, emails } = props;
    this.topicArn = new NotificationTopic(this, "topic", { name, accountId, keyArn, emails }).arn;

    this.componentBucket = new PrivateBucket(this, "components", { name: props.componentBucket, keyArn, emptyOnDestroy }).name;
    const logs = new PrivateBucket(this, "logs", { name: props.logBucket, keyArn, expireDays: 90, emptyOnDestroy });
    this.logBucket = logs.name;
    const imageLogs = new Construct(this, "image-logs");
    for (const [image, logGroup] of Object.entries(props.imageLogGroups)) {
      new LogGroup(imageLogs, image, { name: logGroup, keyArn });
    }

    this.instanceProfileName = new BuildRole(this, "build-role", {
      name: props.buildRoleName,
      partition,
      logBucketArn: logs.arn,
      dataKeyArn: keyArn,
    }).instanceProfileName;
    this.lifecycleRoleArn = new LifecycleRole(this, "lifecycle-role", { name: props.lifecycleRoleName, partition }).arn;
  }
}
