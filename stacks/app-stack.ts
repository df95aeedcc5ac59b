import type { Construct } from "constructs";
import { aliasArn, autoScalingRoleArn, rootArn } from "../config/aws/arns";
import type { AppAccount, VersionedFactory } from "../config/model";
import { IMAGE_KEY_ALIAS } from "../config/names";
import { AutoScalingGrant } from "../modules/keys/auto-scaling-grant";
import { BuildStack } from "./build-stack";

export interface AppStackProps {
  readonly factory: VersionedFactory;
  readonly app: AppAccount;
  readonly region: string;
}

/** An app account in a Region: its own images, on golden ones or not, with a key of its own. */
export class AppStack extends BuildStack {
  constructor(scope: Construct, id: string, { factory, app, region }: AppStackProps) {
    super(scope, id, {
      factory,
      account: app,
      region,
      makes: () => true,
    });
    if (app.autoScaling) {
      new AutoScalingGrant(this, "auto-scaling", {
        name: "golden-image-factory",
        keyAliasArn: aliasArn({ accountId: factory.shared.id, region }, IMAGE_KEY_ALIAS),
        autoScalingRoleArn: autoScalingRoleArn(this.place),
        rootArn: rootArn(this.place),
      });
    }
  }
}
