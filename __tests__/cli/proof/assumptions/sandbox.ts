/**
 * Two accounts on the local AWS in which experiments run, with a clock whose pauses pass at once.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult } from "../../../../cli/command";
import type { Confirm } from "../../../../cli/prompt";
import {
  type AssumptionsOptions,
  proveAssumptions,
} from "../../../../cli/proof/assumptions/assumptions";
import type { AssumptionsReport } from "../../../../cli/proof/assumptions/render";
import { type Clock, Interrupted } from "../../../../cli/proof/prove/interruption";
import { minimalFactory, type Raw, writeFactory } from "../../../../tools/fixtures/factory-file";
import { SmallFactory } from "../../../../tools/local-aws/factories/small-factory";
import { Iam } from "../../../../tools/local-aws/services/iam";
import { VirtualClock } from "../../../../tools/local-aws/virtual-clock";

/** How long operations take: less than the shortest pause of an experiment that waits for them. */
const DELAYS = { phase: 3_000, association: 2_000, linger: 1_000 };

export class Sandbox {
  private readonly environment = { ...process.env };
  readonly folder = mkdtempSync(join(tmpdir(), "assumptions-"));

  private constructor(
    readonly factory: SmallFactory,
    private readonly time: VirtualClock,
    private readonly iam: Iam,
  ) {}

  static async start(change: (file: Raw) => void = () => undefined): Promise<Sandbox> {
    const time = new VirtualClock();
    const iam = new Iam();
    const more = { recordsChanges: true, clock: time, services: [iam.service] };
    const factory = await SmallFactory.start(DELAYS, more);
    const sandbox = new Sandbox(factory, time, iam);
    const file = minimalFactory();
    file.sharedAccount.regions["us-east-1"] = {};
    file.images.web.regions = ["eu-west-1"];
    file.tags = { team: "platform" };
    change(file);
    writeFactory(sandbox.folder, { file });
    writeFileSync(
      join(sandbox.folder, "credentials"),
      ["111111111111", "222222222222", "888888888888"]
        .map((id) => `[p${id}]\naws_access_key_id=${id}\naws_secret_access_key=x\n`)
        .join(""),
    );
    for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
      delete process.env[name];
    Object.assign(process.env, factory.aws.emulator.environment, {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: join(sandbox.folder, "credentials"),
    });
    return sandbox;
  }

  stop(): void {
    this.factory.stop();
    rmSync(this.folder, { recursive: true });
    process.env = this.environment;
  }

  readonly clock: Clock = {
    now: () => this.time.now(),
    sleep: async (milliseconds, signal) => {
      if (signal?.aborted) throw new Interrupted("interrupted");
      await this.time.sleep(milliseconds);
      if (signal?.aborted) throw new Interrupted("interrupted");
    },
  };

  prove(
    options: Partial<AssumptionsOptions> = {},
    confirm: Confirm = async () => true,
  ): Promise<CommandResult> {
    return proveAssumptions(
      {
        account: "payments",
        region: "eu-west-1",
        profiles: "shared=p111111111111,payments=p222222222222",
        only: [],
        yes: false,
        config: join(this.folder, "factory.yaml"),
        ...options,
      },
      this.clock,
      confirm,
    );
  }

  async report(options: Partial<AssumptionsOptions> = {}): Promise<AssumptionsReport> {
    return (await this.prove(options)).data as AssumptionsReport;
  }

  /** Everything that still exists. */
  async left(): Promise<string[]> {
    const { aws } = this.factory;
    const kinds = [
      "component",
      "image-recipe",
      "image-pipeline",
      "infrastructure-configuration",
      "distribution-configuration",
      "workflow",
      "lifecycle-policy",
    ];
    return [
      ...kinds.flatMap((kind) => aws.imageBuilder.arns(kind)),
      ...aws.builds.arns(),
      ...aws.amis.ids(),
      ...this.iam.all,
      ...(await this.factory.as("shared").shares()),
    ];
  }
}
