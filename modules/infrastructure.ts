import { ImagebuilderInfrastructureConfiguration } from "@cdktf/provider-aws/lib/imagebuilder-infrastructure-configuration";
import { Construct } from "constructs";
import { literals } from "./literal";

export interface InfrastructureProps {
  readonly name: string;
  /** In order of preference. */
  readonly instanceTypes: readonly string[];
  readonly instanceProfileName: string;
  /** @default - the default VPC */
  readonly subnetId?: string;
  /** Given with `subnetId`. */
  readonly securityGroupIds?: readonly string[];
  readonly logBucket: string;
  readonly topicArn: string;
  /** On the instances and volumes that build and test. */
  readonly resourceTags: Readonly<Record<string, string>>;
}

/** What an image is built and tested on. */
export class Infrastructure extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: InfrastructureProps) {
    super(scope, id);
    const { name, instanceTypes, instanceProfileName, subnetId, securityGroupIds, logBucket, topicArn, resourceTags } = props;
    const infrastructure = new ImagebuilderInfrastructureConfiguration(this, "Resource", {
      name,
      instanceTypes: [...instanceTypes],
      instanceProfileName,
      subnetId,
      securityGroupIds: securityGroupIds && [...securityGroupIds],
      // Nothing on the instance runs in a container, so one hop is enough.
      instanceMetadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      logging: { s3Logs: { s3BucketName: logBucket, s3KeyPrefix: name } },
      snsTopicArn: topicArn,
      terminateInstanceOnFailure: true,
      resourceTags: literals(resourceTags),
    });
    this.arn = infrastructure.arn;
  }
}
