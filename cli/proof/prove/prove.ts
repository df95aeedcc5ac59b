/** Shows in an app account whether it can use a golden image. */
import { randomBytes } from "node:crypto";
import { type Image as Ami, DescribeSubnetsCommand, type Subnet } from "@aws-sdk/client-ec2";
import { EC2_PRICE_PAGE, HOURLY_PRICES_DATE, hourlyPrice } from "../../../config/aws/prices";
import { readFactory } from "../../../config/load";
import type { Image } from "../../../config/model";
import { ConfigError } from "../../../config/problems";
import type { CommandResult } from "../../command";
import { factoryFile } from "../../environment";
import { useProfiles } from "../../profiles";
import { withProgress } from "../../progress";
import { type Confirm, confirmation } from "../../prompt";
import { EXIT } from "../../report";
import { openInRegion } from "../open-in-region";
import { dryRun } from "./dry-run";
import { removeExpired } from "./expired";
import { type Clock, Interrupted, interruptible, SYSTEM_CLOCK } from "./interruption";
import { Launch } from "./launch";
import { instanceTypeOf } from "./launch-request";
import { explainError, type Step, type StepResult, skipped } from "./outcome";
import { sessionFor } from "./policy";
import { createClients, findTarget, type ProofRun } from "./proof-run";
import { findAmi, findKey, resolveImage } from "./read-image";
import { tryRecipe } from "./recipe";
import { launchedFor, type ProveReport, renderProof, resultOf } from "./render";
import { LIFETIME_MINUTES } from "./tags";

export interface ProveOptions {
  /** Name of the golden image. */
  readonly image: string;
  /** Name of the app account. */
  readonly account: string;
  readonly channel?: string | undefined;
  readonly region?: string | undefined;
  /** Whether to create a recipe and delete it. */
  readonly recipe: boolean;
  /** Whether to launch an instance and terminate it. */
  readonly launch: boolean;
  /** ID of the subnet of the instance. */
  readonly subnet?: string | undefined;
  readonly yes: boolean;
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
}

/**
 * Runs the steps of a proof, and removes everything that they create.
 *
 * Throws a `ConfigError` if the options don't fit the factory file, or if the account has no
 * credentials.
 */
export async function prove(
  options: ProveOptions,
  clock: Clock = SYSTEM_CLOCK,
  confirm: Confirm = confirmation(options.yes),
): Promise<CommandResult> {
  const factory = readFactory(factoryFile(options.config));
  const target = findTarget(factory, options);
  const { app, home } = target;
  assertCanLaunch(target.image, options);
  const profiles = useProfiles(factory, options);
  const session = sessionFor(options, home.partition);
  const { credentials, source } = await openInRegion(app, home.region, profiles, session);
  const clients = createClients(credentials, home.region);
  const run = { ...target, clients, clock, id: randomBytes(6).toString("hex") };
  const subnet = await subnetOf(run, options);
  if (options.launch && !(await confirm(questionFor(run, options.subnet))))
    return { text: "Nothing was launched.", data: { confirmed: false }, exitCode: EXIT.error };
  const proof = await runSteps(run, options, subnet);
  const report: ProveReport = {
    image: target.image.name,
    account: { name: app.name, id: app.id },
    region: home.region,
    ...(target.channel !== undefined && { channel: target.channel }),
    credentials: source,
    ...proof,
    result: resultOf(proof.steps),
  };
  return { text: renderProof(report), data: report, exitCode: exitCodeOf(report) };
}

/** Throws a `ConfigError` if the options don't describe a launch that is possible. */
function assertCanLaunch(image: Image, { launch, subnet }: ProveOptions): void {
  if (subnet !== undefined && !/^subnet-[0-9a-f]{8,17}$/.test(subnet))
    throw new ConfigError(
      `--subnet: must be the ID of a subnet such as subnet-0123456789abcdef0, got: ${subnet}`,
    );
  if (!launch) return;
  if (subnet === undefined)
    throw new ConfigError("--subnet: required with --launch: name a subnet of the app account");
  if (image.platform === "macOS")
    throw new ConfigError(
      `--launch: isn't possible with ${image.name}: macOS needs a Dedicated Host, which AWS bills for at least 24 hours`,
    );
  if (isMarketplace(image))
    throw new ConfigError(
      `--launch: isn't possible with ${image.name}: AWS Marketplace bills its product separately`,
    );
}

/** Whether an image is based on a product of AWS Marketplace. */
function isMarketplace({ parent }: Image): boolean {
  if (parent.kind === "golden") return isMarketplace(parent.image);
  return parent.kind === "marketplace";
}

/** Returns the subnet that the user named. Throws a `ConfigError` if it can't be launched in. */
async function subnetOf(
  run: ProofRun,
  { subnet: id, launch }: ProveOptions,
): Promise<Subnet | undefined> {
  if (id === undefined) return undefined;
  const subnet = await findSubnet(run, id);
  if (launch && subnet.Ipv6Native)
    throw new ConfigError(
      `--subnet: must have IPv4 addresses, because instances in an IPv6-only subnet always have a public address, got: ${id}`,
    );
  return subnet;
}

async function findSubnet({ clients, app, home }: ProofRun, id: string): Promise<Subnet> {
  try {
    const { Subnets: [subnet] = [] } = await clients.ec2.send(
      new DescribeSubnetsCommand({ SubnetIds: [id] }),
    );
    if (subnet) return subnet;
  } catch (error) {
    if (!(error as Error).name.startsWith("InvalidSubnetID")) throw error;
  }
  throw new ConfigError(
    `--subnet: must be a subnet of ${app.name} (${app.id}) in ${home.region}, got: ${id}`,
  );
}

function questionFor(run: ProofRun, subnet: string | undefined): string {
  const { app, home, image } = run;
  const type = instanceTypeOf(run);
  const price = hourlyPrice(type, image.platform);
  const cost =
    price === undefined
      ? `Its price is on ${EC2_PRICE_PAGE}.`
      : `On-demand, it costs USD ${price} an hour in us-east-1 as of ${HOURLY_PRICES_DATE}, and its volumes.`;
  return `Launch a ${type} in ${subnet} of ${app.name} (${app.id}) in ${home.region}? ${cost} It is terminated after a few minutes, at most ${LIFETIME_MINUTES}.`;
}

type Proof = Pick<ProveReport, "build" | "steps" | "seconds" | "launched">;

/** Runs the steps one after the other. A step that isn't possible any more is skipped. */
async function runSteps(
  run: ProofRun,
  options: ProveOptions,
  subnet: Subnet | undefined,
): Promise<Proof> {
  const steps = new Steps(run.clock);
  return withProgress(
    () => steps.progress,
    interruptible(async (signal) => {
      steps.signal = signal;
      if (options.recipe || options.launch) await removeLeftovers(run, steps);
      const build = await steps.run("resolve", () => resolveImage(run));
      const ami = await steps.run("launch-permission", () =>
        build ? findAmi(run, build) : NO_BUILD,
      );
      await steps.run("key", () => findKey(run));
      await steps.run("dry-run", () => tryDryRun(run, ami, subnet));
      if (options.recipe)
        await steps.run("recipe", () => (build ? tryRecipe(run, build) : NO_BUILD));
      const seconds = options.launch ? await launch(run, steps, ami, subnet) : 0;
      return {
        ...(build && { build: build.arn }),
        steps: steps.done,
        seconds: steps.seconds,
        ...(seconds > 0 && {
          launched: launchedFor(instanceTypeOf(run), run.image.platform, seconds),
        }),
      };
    }),
  );
}

const NO_BUILD = skipped("the account gets no build");

async function removeLeftovers(run: ProofRun, steps: Steps): Promise<void> {
  await steps.run("leftovers", () => removeExpired(run));
  // This says nothing about the image.
  const last = steps.done.pop();
  if (last?.outcome === "failed") steps.done.push({ ...last, outcome: "inconclusive" });
  else if (last && last.outcome !== "skipped") steps.done.push(last);
}

function tryDryRun(
  run: ProofRun,
  ami: Ami | undefined,
  subnet: Subnet | undefined,
): StepResult | Promise<StepResult> {
  if (run.image.platform === "macOS") return skipped("macOS needs a Dedicated Host");
  if (ami === undefined) return skipped("the account sees no AMI to launch");
  return dryRun(run, ami, subnet);
}

/** Launches an instance and removes it. Returns the time for which it ran, in seconds. */
async function launch(
  run: ProofRun,
  steps: Steps,
  ami: Ami | undefined,
  subnet: Subnet | undefined,
): Promise<number> {
  const reason = reasonNotToLaunch(steps.done, ami);
  if (reason !== undefined || ami === undefined || subnet === undefined) {
    await steps.run("launch", () => skipped(reason ?? "the account sees no AMI to launch"));
    return 0;
  }
  const instance = new Launch(run, ami, subnet);
  steps.waitingFor = () => instance.waitingFor;
  try {
    await steps.run("launch", () => instance.run(steps.signal));
  } finally {
    await steps.finish("cleanup", () => removeInstance(instance));
  }
  return instance.seconds;
}

function reasonNotToLaunch(steps: readonly Step[], ami: Ami | undefined): string | undefined {
  const failed = steps.find(({ outcome }) => outcome === "failed");
  if (failed) return `${failed.id} failed`;
  const isProduct = ami?.ProductCodes?.some(
    ({ ProductCodeType }) => ProductCodeType === "marketplace",
  );
  return isProduct
    ? "the AMI is a product of AWS Marketplace, which is billed separately"
    : undefined;
}

async function removeInstance(instance: Launch): Promise<StepResult> {
  try {
    return await instance.remove();
  } catch (error) {
    const { message } = explainError(error);
    return {
      outcome: "failed",
      reason: "cleanup",
      message: `couldn't remove what was created: ${message}`,
      fix: `remove it. The instance ends ${LIFETIME_MINUTES} minutes after its start in any case, if its operating system runs`,
      commands: instance.removal,
    };
  }
}

class Steps {
  readonly done: Step[] = [];
  /** Returns what the step waits for; empty if it doesn't. */
  waitingFor: () => string = () => "";
  private current = "";
  signal: AbortSignal = new AbortController().signal;
  private readonly start: number;

  constructor(private readonly clock: Clock) {
    this.start = clock.now();
  }

  /** The step that is running, and what it waits for. */
  get progress(): string {
    return [this.current, this.waitingFor()].filter((text) => text !== "").join(": ");
  }

  /** In total. */
  get seconds(): number {
    return (this.clock.now() - this.start) / 1_000;
  }

  /** Runs a step, unless the command was interrupted. Returns the value that it found. */
  async run<T>(
    id: string,
    work: () =>
      | (StepResult & { readonly value?: T })
      | Promise<StepResult & { readonly value?: T }>,
  ): Promise<T | undefined> {
    if (this.signal.aborted)
      return this.finish(id, () => explainError(new Interrupted("interrupted")));
    return this.finish(id, work);
  }

  /** Runs a step in any case. */
  async finish<T>(
    id: string,
    work: () =>
      | (StepResult & { readonly value?: T })
      | Promise<StepResult & { readonly value?: T }>,
  ): Promise<T | undefined> {
    this.current = id;
    const start = this.clock.now();
    const { value, ...result } = await settle(work);
    this.done.push({ id, ...result, seconds: (this.clock.now() - start) / 1_000 });
    return value;
  }
}

async function settle<T>(
  work: () => (StepResult & { readonly value?: T }) | Promise<StepResult & { readonly value?: T }>,
): Promise<StepResult & { readonly value?: T }> {
  try {
    return await work();
  } catch (error) {
    return explainError(error);
  }
}

function exitCodeOf({ result, steps }: ProveReport): number {
  if (result === "failed") return EXIT.differs;
  return steps.some(({ reason }) => reason === "interrupted") ? EXIT.error : EXIT.ok;
}
