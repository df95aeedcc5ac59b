import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { roleArn } from "../config/aws/arns";
import type { Account, VersionedFactory } from "../config/model";
import { stateBucket, stateKey } from "../config/names";
import type { AccountRegion } from "../contract/account-region";

export interface AccountStackProps {
  readonly factory: VersionedFactory;
  readonly account: Account;
  readonly region: string;
  /** Whether the caller's own credentials are used, and not the deploy role. @default false */
  readonly asCaller?: boolean;
  /** Whether state is kept beside factory.yaml, until its bucket is there. @default false */
  readonly bootstrap?: boolean;
}

/** A stack of one account and Region: it refuses to run in another account, and puts the factory's tags on everything. */
export class AccountStack extends TerraformStack {
  readonly place: AccountRegion;

  constructor(scope: Construct, id: string, props: AccountStackProps) {
    super(scope, id);
    const { factory, account, region, asCaller = false, bootstrap = false } = props;
    this.place = { accountId: account.id, region };
    const deployRole =
      account.deployRole === undefined || asCaller
        ? undefined
        : { roleArn: roleArn(this.place, account.deployRole) };

    // S3 locks natively from Terraform 1.10 on.
    this.addOverride("terraform.required_version", ">= 1.10.0");
    // Typed by the bindings of the lowest; up to 6.66 what is used here only gained arguments.
    this.addOverride("terraform.required_providers.aws", {
      source: "hashicorp/aws",
      version: ">= 5.100.0, < 7.0.0",
    });
    new AwsProvider(this, "aws", {
      region,
      allowedAccountIds: [account.id],
      ...(Object.keys(factory.tags).length > 0 && { defaultTags: [{ tags: { ...factory.tags } }] }),
      ...(deployRole && { assumeRole: [deployRole] }),
    });

    const { state } = factory;
    if (bootstrap || state.backend === "local") {
      // CDKTF would write an absolute path, which differs from machine to machine.
      new LocalBackend(this, { path: `../../../terraform.${id}.tfstate` });
    } else if (state.backend === "cloud") {
      this.useHcpTerraform(id, state);
    } else {
      const backend = new S3Backend(this, {
        bucket: stateBucket(state.bucket, account.id),
        key: stateKey(id),
        region: state.region,
        encrypt: true,
        allowedAccountIds: [account.id],
        ...(deployRole && { assumeRole: deployRole }),
      });
      backend.addOverride("use_lockfile", true);
    }
  }

  /** CDKTF's own CloudBackend runs terraform while it synthesizes, and fails without it. */
  private useHcpTerraform(
    workspace: string,
    state: Extract<VersionedFactory["state"], { backend: "cloud" }>,
  ): void {
    const { organization, project, hostname } = state;
    new LocalBackend(this, {});
    this.addOverride("terraform.backend", undefined);
    this.addOverride("terraform.cloud", {
      organization,
      hostname,
      workspaces: { name: workspace, project },
    });
  }

  /** Something that people or their scripts need to know, under a name that stays. */
  protected output(name: string, description: string, value: unknown): void {
    new TerraformOutput(this, name, { value, description, staticId: true });
  }
}
