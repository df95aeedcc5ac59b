import { ImagebuilderDistributionConfiguration } from "@cdktf/provider-aws/lib/imagebuilder-distribution-configuration";
import { Construct } from "constructs";
import { escapeInterpolation, escapeInterpolations } from "../common/escape-interpolation";

export interface DistributionProps {
  readonly name: string;
  /** Regions that get an AMI: first the Region of the pipeline, then those that get copies. */
  readonly regions: readonly RegionDistribution[];
  /** Contains `{{ imagebuilder:buildDate }}`, so that names are unique. */
  readonly amiName: string;
  /** @default - in the Region of the pipeline the recipe's description, in others none */
  readonly amiDescription?: string;
  readonly amiTags: Readonly<Record<string, string>>;
}

export interface RegionDistribution {
  readonly region: string;
  /**
   * ARN of the alias of the key that encrypts the copy.
   * @default - the recipe's key, in the Region of the pipeline
   */
  readonly keyArn?: string;
  /** Path of the SSM parameter that the AMI ID is written to. @default - none */
  readonly parameter?: string;
  /** Id of the launch template that gets a new default version with the AMI. @default - none */
  readonly launchTemplate?: string;
}

/**
 * Names, tags and copies of a build's AMIs. It grants no launch permissions, the updater
 * does: a distribution would grant them before a build is approved, and not to accounts that join
 * the audience later.
 */
export class Distribution extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { name, regions, amiName, amiDescription, amiTags }: DistributionProps,
  ) {
    super(scope, id);
    const distribution = new ImagebuilderDistributionConfiguration(this, "Resource", {
      name,
      distribution: regions.map(({ region, keyArn, parameter, launchTemplate }) => ({
        region,
        amiDistributionConfiguration: {
          name: amiName,
          description: amiDescription && escapeInterpolation(amiDescription),
          amiTags: escapeInterpolations(amiTags),
          kmsKeyId: keyArn,
        },
        ...(parameter !== undefined && {
          // EC2 validates a parameter of this type, and launch templates can refer to it.
          ssmParameterConfiguration: [{ parameterName: parameter, dataType: "aws:ec2:image" }],
        }),
        ...(launchTemplate !== undefined && {
          launchTemplateConfiguration: [{ launchTemplateId: launchTemplate, default: true }],
        }),
      })),
    });
    this.arn = distribution.arn;
  }
}
