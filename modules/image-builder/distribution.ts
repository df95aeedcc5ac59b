import { ImagebuilderDistributionConfiguration } from "@cdktf/provider-aws/lib/imagebuilder-distribution-configuration";
import { Construct } from "constructs";
import { escapeInterpolations } from "../common/escape-interpolation";

export interface DistributionProps {
  readonly name: string;
  /** Where AMIs come to be: the Region that builds first. */
  readonly places: readonly RegionDistribution[];
  /** Holds `{{ imagebuilder:buildDate }}`. */
  readonly amiName: string;
  readonly amiTags: Readonly<Record<string, string>>;
}

export interface RegionDistribution {
  readonly region: string;
  /** ARN of the alias of the key that encrypts the copy. @default - that of the recipe, in the Region that builds */
  readonly keyArn?: string;
  /** Path of the SSM parameter that gets the AMI's id. @default - none does */
  readonly parameter?: string;
  /** Id of the launch template that gets the AMI as its new default version. @default - none does */
  readonly launchTemplate?: string;
}

/**
 * What comes of a build: an AMI in the Region that builds it, and copies in others. It gives nobody a launch permission, because that would
 * hold before a build was approved and wouldn't hold for accounts that come later.
 */
export class Distribution extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, places, amiName, amiTags }: DistributionProps) {
    super(scope, id);
    const distribution = new ImagebuilderDistributionConfiguration(this, "Resource", {
      name,
      distribution: places.map(({ region, keyArn, parameter, launchTemplate }) => ({
        region,
        amiDistributionConfiguration: {
          name: amiName,
          amiTags: escapeInterpolations(amiTags),
          kmsKeyId: keyArn,
        },
        ...(parameter !== undefined && {
          // As an image's id, it is checked by EC2 and can be named by launch templates.
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
