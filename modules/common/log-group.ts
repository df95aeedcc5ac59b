import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Construct } from "constructs";

export interface LogGroupProps {
  readonly name: string;
  /** ARN of the key that encrypts the logs. */
  readonly keyArn: string;
}

/**
 * A log group that keeps its logs for 90 days. It must exist before the service that writes to it:
 * that service would create one that keeps logs forever.
 */
export class LogGroup extends Construct {
  readonly arn: string;
  readonly name: string;
  /** Dependency of what writes to the log group by its literal name. */
  readonly group: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, { name, keyArn }: LogGroupProps) {
    super(scope, id);
    this.group = new CloudwatchLogGroup(this, "Resource", {
      name,
      kmsKeyId: keyArn,
      retentionInDays: 90,
    });
    this.arn = this.group.arn;
    this.name = this.group.name;
  }
}
