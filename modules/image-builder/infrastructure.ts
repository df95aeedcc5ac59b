import { ImagebuilderInfrastructureConfiguration } from "@cdktf/provider-aws/lib/imagebuilder-infrastructure-configuration";
import { Construct } from "constructs";
import { escapeInterpolations } from "../common/escape-interpolation";

export interface InfrastructureProps {
  readonly name: string;
  /** In order of preference. */
  readonly instanceTypes: readonly string[];
  readonly instanceProfileName: string;
  /** @default - the default VPC */
  readonly subnetId?: string;
  /** Given with `subnetId`. */
  readonly securityGroupIds?: readonly string[];
  /** Where instances run that need a host of their own: its id, or a host resource group's ARN; any that takes them, if empty. @default - on shared hosts */
  readonly dedicatedHost?: string;
  /** Lets somebody log in to the instances. @default - nobody can */
  readonly keyPair?: string;
  readonly logBucket: string;
  readonly topicArn: string;
  /** Whether what builds runs in a container on the instance. @default false */
  readonly inContainer?: boolean;
  /** On the instances and volumes that build and test. */
  readonly resourceTags: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/infra-config-placement.html */
function placementOn(host: string) {
  return {
    tenancy: "host",
    ...(host.startsWith("arn:") ? { hostResourceGroupArn: host } : host !== "" && { hostId: host }),
  };
}

/** What an image is built and tested on. */
export class Infrastructure extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: InfrastructureProps) {
    super(scope, id);
    const {
      name,
      instanceTypes,
      instanceProfileName,
      subnetId,
      securityGroupIds,
      dedicatedHost,
      keyPair,
      logBucket,
      topicArn,
      inContainer = false,
      resourceTags,
    } = props;
    const infrastructure = new ImagebuilderInfrastructureConfiguration(this, "Resource", {
      name,
      instanceTypes: [...instanceTypes],
      instanceProfileName,
      subnetId,
      securityGroupIds: securityGroupIds && [...securityGroupIds],
      keyPair,
      placement: dedicatedHost === undefined ? undefined : placementOn(dedicatedHost),
      // One hop is enough, unless there is a container in between.
      instanceMetadataOptions: {
        httpTokens: "required",
        httpPutResponseHopLimit: inContainer ? 2 : 1,
      },
      logging: { s3Logs: { s3BucketName: logBucket, s3KeyPrefix: name } },
      snsTopicArn: topicArn,
      terminateInstanceOnFailure: true,
      resourceTags: escapeInterpolations(resourceTags),
    });
    this.arn = infrastructure.arn;
  }
}
