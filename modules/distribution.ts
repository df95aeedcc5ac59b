import { ImagebuilderDistributionConfiguration } from "@cdktf/provider-aws/lib/imagebuilder-distribution-configuration";
import { Construct } from "constructs";
import { literals } from "./literal";

export interface DistributionProps {
  readonly name: string;
  readonly region: string;
  /** Holds `{{ imagebuilder:buildDate }}`. */
  readonly amiName: string;
  readonly amiTags: Readonly<Record<string, string>>;
}

/**
 * What comes of a build: an AMI in the Region that builds it. It gives nobody a launch permission, because that would hold before
 * a build was approved and wouldn't hold for accounts that come later.
 */
export class Distribution extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, region, amiName, amiTags }: DistributionProps) {
    super(scope, id);
    const distribution = new ImagebuilderDistributionConfiguration(this, "Resource", {
      name,
      distribution: [{ region, amiDistributionConfiguration: { name: amiName, amiTags: literals(amiTags) } }],
    });
    this.arn = distribution.arn;
  }
}
