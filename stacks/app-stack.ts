import type { Construct } from "constructs";
import type { AppAccount, VersionedFactory } from "../config/model";
import { AutoScalingGrant } from "../modules/keys/auto-scaling-grant";
import { AccountStack } from "./account-stack";
import { BuildRegion } from "./build-region";
import { autoScalingGrantProps } from "./props/image-key";

export interface AppStackProps {
  readonly factory: VersionedFactory;
  readonly app: AppAccount;
  readonly region: string;
}

/** A Region of an app account: its images with their own key, and the grant for Auto Scaling. */
export class AppStack extends AccountStack {
  constructor(scope: Construct, id: string, { factory, app, region }: AppStackProps) {
    super(scope, id, { factory, account: app, region });
    const { outputs } = new BuildRegion(this, { factory, account: app, region });
    if (app.autoScaling)
      new AutoScalingGrant(
        this,
        "auto-scaling",
        autoScalingGrantProps(this.accountRegion, factory.shared),
      );
    this.addOutputs(outputs);
  }
}
