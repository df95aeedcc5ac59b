import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetImageCommand, StartResourceStateUpdateCommand } from "@aws-sdk/client-imagebuilder";
import { imageArn } from "../../../config/aws/arns";
import {
  minimalContainer,
  minimalFactory,
  type Raw,
  writeFactory,
} from "../../../tools/fixtures/factory-file";
import { SmallFactory } from "../../../tools/local-aws/factories/small-factory";
import {
  type AccountName,
  AWS_PARENT,
  GOLDEN,
} from "../../../tools/local-aws/factories/small-factory-accounts";
import type { LocalAwsProps } from "../../../tools/local-aws/local-aws";
import { VirtualClock } from "../../../tools/local-aws/virtual-clock";
import { type Result, runBundle } from "../run-factory";
import { runInProcess } from "../run-in-process";

/** The second Region of {@link SharedAccount.startInTwoRegions}. */
export const OTHER_REGION = "us-east-1";

/** The channels of the golden images that {@link SharedAccount.startFamily} adds. */
const STABLE = { stable: { principals: { organization: true }, keep: 2 } };

/** The channels of the golden image `base`. */
const CHANNELS = {
  canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] }, keep: 1 },
  stable: { principals: { organization: true }, keep: 2, approval: "required" },
};

/** Replaces times, which differ in each run. */
export function withoutTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "2026-01-02 03:04");
}

/** A shared account on the local AWS, its factory file, and the command. */
export class SharedAccount {
  /** ARNs of the pipelines of `base`, by Region. */
  private readonly pipelines = new Map<string, string>();

  private constructor(
    readonly factory: SmallFactory,
    readonly folder: string,
    private readonly clock: VirtualClock,
  ) {}

  /** Deploys the image `base` and its channels. The account must be stopped. */
  static async start(
    delays: LocalAwsProps["delays"] = { phase: 30, association: 30 },
    change: (file: Raw) => void = () => undefined,
  ): Promise<SharedAccount> {
    const folder = mkdtempSync(join(tmpdir(), "factory-"));
    const file = minimalFactory();
    file.images.base.share.channels = CHANNELS;
    change(file);
    // Without a version lock file, which the commands don't read.
    writeFactory(folder, { file });
    const clock = new VirtualClock();
    const factory = await SmallFactory.start(delays, { clock });
    const account = new SharedAccount(factory, folder, clock);
    await account.addRegion("eu-west-1");
    return account;
  }

  /** Deploys the image `base` and its channels in two Regions, without its child image. */
  static async startInTwoRegions(): Promise<SharedAccount> {
    const account = await SharedAccount.start(undefined, (file) => {
      file.sharedAccount.regions[OTHER_REGION] = {};
      file.images.web.regions = ["eu-west-1"];
    });
    await account.addRegion(OTHER_REGION);
    return account;
  }

  /**
   * Deploys three generations: `web` is based on `base`, and `app` on `web`. Both are shared with
   * the organization.
   */
  static async startFamily(
    regions: readonly string[] = ["eu-west-1"],
    change: (file: Raw) => void = () => undefined,
  ): Promise<SharedAccount> {
    const account = await SharedAccount.start(undefined, (file) => {
      for (const region of regions) file.sharedAccount.regions[region] = {};
      file.images.web.share = { channels: STABLE };
      file.images.app = { ...file.images.web, parent: { golden: "web" } };
      change(file);
    });
    const { factory } = account;
    factory.manifests.setParent("web", "base");
    factory.manifests.setParent("app", "web");
    for (const region of regions) {
      if (region !== "eu-west-1") await account.addRegion(region);
      for (const image of ["web", "app"]) await account.addChild(image, region);
    }
    return account;
  }

  private async addChild(image: string, region: string): Promise<void> {
    const stable = { name: "stable", keep: 2, bakeHours: 0, approval: "automatic" } as const;
    await this.factory.share("organization", stable, image, region);
  }

  /** Builds a child image and returns the build's ARN. Its parent must have a build. */
  async buildChild(image: "web" | "app", region = "eu-west-1"): Promise<string> {
    const parent = image === "web" ? "base" : "web";
    const arn = imageArn({ accountId: "111111111111", region }, parent, "x.x.x");
    const key = `${region}/${image}`;
    const pipeline =
      this.pipelines.get(key) ??
      (await this.factory.pipeline("shared", image, "1.0.0", arn, { region }));
    this.pipelines.set(key, pipeline);
    return (await this.factory.build("shared", pipeline)).arn;
  }

  async tagsOf(arn: string): Promise<Readonly<Record<string, string>>> {
    const { imageBuilder } = this.factory.as("shared", arn.split(":")[3]);
    const command = new GetImageCommand({ imageBuildVersionArn: arn });
    return (await imageBuilder.send(command)).image?.tags ?? {};
  }

  /** Enables a build and its AMIs, as the command that `unrevoke` prints does. */
  async enable(resourceArn: string): Promise<void> {
    await this.factory.as("shared", resourceArn.split(":")[3]).imageBuilder.send(
      new StartResourceStateUpdateCommand({
        resourceArn,
        state: { status: "AVAILABLE" },
        includeResources: { amis: true },
        executionRole: "arn:aws:iam::111111111111:role/golden-image-factory-lifecycle-eu-west-1",
      }),
    );
  }

  /** Deploys the image `base` and its channels in a Region. */
  private async addRegion(region: string): Promise<void> {
    const { factory } = this;
    const policy = { bakeHours: 0 };
    const canary = { ...policy, name: "canary", keep: 1, approval: "automatic" } as const;
    const stable = { ...policy, name: "stable", keep: 2, approval: "required" } as const;
    await factory.share("unit", canary, "base", region);
    await factory.share("organization", stable, "base", region);
    // Terraform waits until RAM has associated the principals.
    await this.clock.sleep(1_000);
    const parent = AWS_PARENT.replace("eu-west-1", region);
    this.pipelines.set(
      region,
      await factory.pipeline("shared", "base", "1.0.0", parent, { region }),
    );
  }

  stop(): void {
    this.factory.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Runs a command from the sources with credentials of the shared account, or of another. */
  run(args: readonly string[], account: AccountName = "shared"): Promise<Result> {
    return runInProcess(args, this.environmentOf(account), this.clock);
  }

  /** Runs the bundled command in a process with credentials of the shared account. */
  runBundle(args: readonly string[]): Promise<Result> {
    return runBundle(args, this.environmentOf("shared"));
  }

  /** Arguments of Node.js that run the bundled command, and all environment variables. */
  bundle(args: readonly string[]): {
    readonly command: readonly string[];
    readonly env: NodeJS.ProcessEnv;
  } {
    const command = ["--no-warnings", "dist/factory.js", ...args];
    return { command, env: this.environmentOf("shared") };
  }

  /** Path of the factory file, which commands find without `--config`. */
  get file(): string {
    return join(this.folder, "factory.yaml");
  }

  private environmentOf(account: AccountName): NodeJS.ProcessEnv {
    const { environment } = this.factory.as(account);
    return {
      PATH: process.env["PATH"],
      AWS_EC2_METADATA_DISABLED: "true",
      FACTORY_CONFIG: this.file,
      ...environment,
    };
  }

  /** Runs a command line without quotes. */
  command(line: string): Promise<Result> {
    return this.run(line.split(" "));
  }

  /** Builds `base` and returns the build's ARN. */
  async build(region = "eu-west-1"): Promise<string> {
    return (await this.factory.build("shared", this.pipelines.get(region) ?? "")).arn;
  }

  /** Returns the IDs of the AMIs of a build. */
  async amisOf(arn: string): Promise<readonly string[]> {
    return (await this.factory.as("shared", arn.split(":")[3]).resolve(arn))?.amis ?? [];
  }

  /** Returns the ARN of the build that an account of the organization gets for `base/x.x.x`. */
  async ordersResolves(): Promise<string | undefined> {
    return (await this.factory.as("orders").resolve(GOLDEN))?.arn;
  }

  /** Returns the names of all calls that changed something. */
  get changes(): string[] {
    return this.factory.aws.emulator.calls
      .map(({ operation }) => operation)
      .filter((operation) => !/^(Get|List|Describe)/.test(operation));
  }
}

/**
 * Adds the golden container `runtime`, which is shared with the organization, to a factory file.
 */
export function addContainer(file: Raw): void {
  file.containers = {
    runtime: {
      ...minimalContainer(),
      share: { channels: { stable: { principals: { organization: true } } } },
    },
  };
}
