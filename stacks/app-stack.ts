import type { Construct } from "constructs";
import type { AppAccount, VersionedFactory } from "../config/model";
import { AutoScalingGrant } from "../modules/keys/auto-scaling-grant";
import { AccountStack } from "./account-stack";
import { addRebuilder } from "./add-rebuilder";
import { BuildRegion } from "./build-region";
import { autoScalingGrantProps } from "./props/image-key";

export interface AppStackProps {
  readonly factory: VersionedFactory;
  readonly app: AppAccount;
  readonly region: string;
  /** Absolute path of the folder with the bundled rebuilder. */
  readonly rebuilderDirectory: string;
}

/**
 * A Region of an app account: its images with their own key, their rebuilder, and the grant for
 * Auto Scaling.
 */
export class AppStack extends AccountStack {
  constructor(
    scope: Construct,
    id: string,
    { factory, app, region, rebuilderDirectory }: AppStackProps,
  ) {
    super(scope, id, { factory, account: app, region });
    const account = app;
    const { environment, outputs } = new BuildRegion(this, { factory, account, region });
    const rebuilder = addRebuilder(this, { factory, account, environment, rebuilderDirectory });
    if (app.autoScaling)
      new AutoScalingGrant(
        this,
        "auto-scaling",
        autoScalingGrantProps(this.accountRegion, factory.shared),
      );
    this.addOutputs({ ...outputs, ...rebuilder });
  }
}
