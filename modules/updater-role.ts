import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { policy, trust } from "./policy";

export interface UpdaterRoleProps {
  readonly name: string;
  readonly logGroupArn: string;
  /** Where Lambda puts events that failed. */
  readonly queueArn: string;
  /** Encrypts that queue. */
  readonly dataKeyArn: string;
}

/** What the share updater may do. */
export class UpdaterRole extends Construct {
  readonly arn: string;
  /** To be waited for: without it the function can't write its logs. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, { name, logGroupArn, queueArn, dataKeyArn }: UpdaterRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", { name, assumeRolePolicy: trust("lambda.amazonaws.com") });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "share-updater",
      role: role.name,
      policy: policy(
        { Sid: "WriteLogs", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${logGroupArn}:*` },
        { Sid: "QueueFailedEvents", Action: "sqs:SendMessage", Resource: queueArn },
        { Sid: "EncryptFailedEvents", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: dataKeyArn },
      ),
    });
  }
}
