import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
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
  /**
   * Whether Terraform uses the caller's credentials even if the account has a deploy role.
   * @default false
   */
  readonly usesCallerCredentials?: boolean;
  /**
   * Whether state is kept in a file next to factory.yaml, because the state bucket doesn't exist
   * yet.
   * @default false
   */
  readonly bootstrap?: boolean;
}

/** An output of a stack, for people and scripts. */
export interface StackOutput {
  readonly description: string;
  readonly value: unknown;
}

type State = VersionedFactory["state"];

interface DeployRole {
  readonly roleArn: string;
}

/**
 * The base of all stacks: provider and state for an account and Region. Terraform fails if it runs
 * in another account. Every resource gets the factory's tags.
 */
export class AccountStack extends TerraformStack {
  readonly accountRegion: AccountRegion;

  constructor(scope: Construct, id: string, props: AccountStackProps) {
    super(scope, id);
    const { factory, account, region, usesCallerCredentials = false, bootstrap = false } = props;
    this.accountRegion = { accountId: account.id, region };
    const deployRole =
      account.deployRole === undefined || usesCallerCredentials
        ? undefined
        : { roleArn: roleArn(this.accountRegion, account.deployRole) };

    // Terraform can lock state in S3 since 1.10.
    this.addOverride("terraform.required_version", ">= 1.10.0");
    this.addAwsProvider(factory.tags, deployRole);
    this.addState(bootstrap ? { backend: "local" } : factory.state, deployRole);
  }

  /**
   * Prepares nothing: every stack has a backend, and no stack refers to elements of another stack,
   * which a test checks. CDKTF would resolve all elements to find out, which takes a fifth of the
   * time of synthesis.
   */
  override prepareStack(): void {}

  protected addOutputs(outputs: Readonly<Record<string, StackOutput>>): void {
    for (const [name, output] of Object.entries(outputs))
      new TerraformOutput(this, name, { ...output, staticId: true });
  }

  /** Adds the provider that zips functions, unless the stack has it. */
  addArchiveProvider(): void {
    if (this.node.tryFindChild("archive")) return;
    new ArchiveProvider(this, "archive");
    this.addOverride("terraform.required_providers.archive", {
      source: "hashicorp/archive",
      version: ">= 2.7.1, < 3.0.0",
    });
  }

  private addAwsProvider(tags: VersionedFactory["tags"], deployRole: DeployRole | undefined): void {
    // The bindings are of 5.100. Up to 6.66, the resources that the stacks use only gained
    // arguments.
    this.addOverride("terraform.required_providers.aws", {
      source: "hashicorp/aws",
      version: ">= 5.100.0, < 7.0.0",
    });
    const { accountId, region } = this.accountRegion;
    new AwsProvider(this, "aws", {
      region,
      allowedAccountIds: [accountId],
      ...(Object.keys(tags).length > 0 && { defaultTags: [{ tags: { ...tags } }] }),
      ...(deployRole && { assumeRole: [deployRole] }),
    });
  }

  private addState(state: State, deployRole: DeployRole | undefined): void {
    const stackId = this.node.id;
    switch (state.backend) {
      case "local":
        // CDKTF's default is an absolute path, which differs between machines.
        new LocalBackend(this, { path: `../../../terraform.${stackId}.tfstate` });
        return;
      case "cloud":
        // CDKTF's CloudBackend runs Terraform during synthesis and fails without it.
        new LocalBackend(this, {});
        this.addOverride("terraform.backend", undefined);
        this.addOverride("terraform.cloud", {
          organization: state.organization,
          hostname: state.hostname,
          workspaces: { name: stackId, project: state.project },
        });
        return;
      case "s3": {
        const { accountId } = this.accountRegion;
        const backend = new S3Backend(this, {
          bucket: stateBucket(state.bucket, accountId),
          key: stateKey(stackId),
          region: state.region,
          encrypt: true,
          allowedAccountIds: [accountId],
          ...(deployRole && { assumeRole: deployRole }),
        });
        backend.addOverride("use_lockfile", true);
      }
    }
  }
}
