import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Construct } from "constructs";

export interface LogGroupProps {
  readonly name: string;
  readonly keyArn: string;
}

/** A log group that keeps a quarter of a year. Made before its writer would make one that keeps everything. */
export class LogGroup extends Construct {
  readonly arn: string;
  readonly name: string;

  constructor(scope: Construct, id: string, { name, keyArn }: LogGroupProps) {
    super(scope, id);
    const group = new CloudwatchLogGroup(this, "Resource", {
      name,
      kmsKeyId: keyArn,
      retentionInDays: 90,
    });
    this.arn = group.arn;
    this.name = group.name;
  }
}
