import type { Construct } from "constructs";
import { stateBucket } from "../config/names";
import { PrivateBucket } from "../modules/private-bucket";
import { AccountStack, type AccountStackProps } from "./account-stack";

export interface StateStackProps extends Omit<AccountStackProps, "asCaller"> {
  /** The bucket's name with `{account}` for the account's id. */
  readonly bucket: string;
}

/** An account's state bucket. Made with state beside factory.yaml, which is then moved into the bucket. */
export class StateStack extends AccountStack {
  constructor(scope: Construct, id: string, { bucket, ...props }: StateStackProps) {
    super(scope, id, { ...props, asCaller: true });
    const { protect } = props.factory;
    const { name } = new PrivateBucket(this, "state", {
      name: stateBucket(bucket, this.place.accountId),
      protect,
      emptyOnDestroy: !protect,
    });
    this.output("state_bucket", "Holds the Terraform state of this account's stacks", name);
  }
}
