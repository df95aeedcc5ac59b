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
  /** Given together with `subnetId`. */
  readonly securityGroupIds?: readonly string[];
  /** Dedicated Host that the instances run on. @default - shared hardware */
  readonly dedicatedHost?: DedicatedHost;
  /** Name of the key pair for logging in to the instances. @default - login is impossible */
  readonly keyPair?: string;
  /** Whether the instance of a failed build keeps running. */
  readonly keepFailedInstances: boolean;
  readonly logBucket: string;
  readonly topicArn: string;
  /** Whether the build runs in a container on the instance. @default false */
  readonly inContainer?: boolean;
  /** Tags of build and test instances and of their volumes. */
  readonly resourceTags: Readonly<Record<string, string>>;
}

/** Any suitable host of the account, one host, or any host of a host resource group. */
export type DedicatedHost =
  | { readonly kind: "any" }
  | { readonly kind: "host"; readonly id: string }
  | { readonly kind: "group"; readonly arn: string };

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/infra-config-placement.html */
function placement(host: DedicatedHost) {
  switch (host.kind) {
    case "any":
      return { tenancy: "host" };
    case "host":
      return { tenancy: "host", hostId: host.id };
    case "group":
      return { tenancy: "host", hostResourceGroupArn: host.arn };
  }
}

/** Settings of the instances that build and test an image. */
export class Infrastructure extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: InfrastructureProps) {
    super(scope, id);
    const { name, instanceTypes, subnetId, securityGroupIds, dedicatedHost, keyPair } = props;
    const infrastructure = new ImagebuilderInfrastructureConfiguration(this, "Resource", {
      name,
      instanceTypes: [...instanceTypes],
      instanceProfileName: props.instanceProfileName,
      subnetId,
      securityGroupIds: securityGroupIds && [...securityGroupIds],
      keyPair,
      placement: dedicatedHost && placement(dedicatedHost),
      // A container is one hop further away from the metadata service.
      instanceMetadataOptions: {
        httpTokens: "required",
        httpPutResponseHopLimit: props.inContainer ? 2 : 1,
      },
      logging: { s3Logs: { s3BucketName: props.logBucket, s3KeyPrefix: name } },
      snsTopicArn: props.topicArn,
      terminateInstanceOnFailure: !props.keepFailedInstances,
      resourceTags: escapeInterpolations(props.resourceTags),
    });
    this.arn = infrastructure.arn;
  }
}
