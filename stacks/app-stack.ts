import type { Construct } from "constructs";
import { type AppAccount, buildablesOf, type VersionedFactory } from "../config/model";
import { FLEET_ROLE_NAME } from "../config/names";
import { FleetRole } from "../modules/fleet/fleet-role";
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

/** Returns the Regions of an app account that need a stack. */
export function appRegions(app: AppAccount): string[] {
  const regions = app.regions.map(({ name }) => name);
  // The account's only resource is a role, and IAM is global.
  return isFleetOnly(app) ? regions.slice(0, 1) : regions;
}

/** Returns whether an account only lets operators look at its instances. */
function isFleetOnly(app: AppAccount): boolean {
  return app.fleet && !app.autoScaling && buildablesOf(app).length === 0;
}

/**
 * A Region of an app account: its images with their own key, their rebuilder, and the grant for
 * Auto Scaling. The stack of the first Region contains the role of `factory fleet`.
 */
export class AppStack extends AccountStack {
  constructor(
    scope: Construct,
    id: string,
    { factory, app, region, rebuilderDirectory }: AppStackProps,
  ) {
    super(scope, id, { factory, account: app, region });
    const account = app;
    if (!isFleetOnly(app)) {
      const { environment, outputs } = new BuildRegion(this, { factory, account, region });
      const rebuilder = addRebuilder(this, { factory, account, environment, rebuilderDirectory });
      this.addOutputs({ ...outputs, ...rebuilder });
    }
    if (app.autoScaling)
      new AutoScalingGrant(
        this,
        "auto-scaling",
        autoScalingGrantProps(this.accountRegion, factory.shared),
      );
    if (app.fleet && region === app.regions[0]?.name) this.addFleetRole(factory);
  }

  private addFleetRole({ operators }: VersionedFactory): void {
    const { arn } = new FleetRole(this, "fleet", { name: FLEET_ROLE_NAME, operators });
    this.addOutputs({
      fleet_role_arn: {
        description: "ARN of the role with which operators see the AMIs of instances",
        value: arn,
      },
    });
  }
}
