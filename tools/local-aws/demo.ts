/**
 * Prints what each account of a factory sees after each event: the bundled updater and the bundled
 * rebuilder on emulated AWS.
 */

import { wrap } from "../../cli/table";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import type { RunResult } from "../../lambda/share-updater/reconcile";
import { delivered, FORGED, SmallFactory } from "./factories/small-factory";
import { AWS_PARENT, GOLDEN } from "./factories/small-factory-accounts";
import type { Invocation } from "./functions/function";

const WIDTH = 80;

const usesColor =
  process.env["NO_COLOR"] === undefined &&
  (process.stdout.isTTY || process.env["FORCE_COLOR"] !== undefined);

type Paint = (text: string) => string;

function paint(code: number): Paint {
  return (text) => (usesColor ? `\u001b[${code}m${text}\u001b[0m` : text);
}

const [bold, dim, red, green, cyan] = [paint(1), paint(2), paint(31), paint(32), paint(36)] as [
  Paint,
  Paint,
  Paint,
  Paint,
  Paint,
];

/** Prints a text next to a label, wrapped below itself. Colours don't count for the width. */
function print(label: string, text: string, color: Paint, textColor: Paint = (line) => line): void {
  const [first = "", ...rest] = wrap(text, WIDTH - label.length);
  console.log(`${color(label)}${textColor(first)}`);
  for (const line of rest) console.log(`${" ".repeat(label.length)}${textColor(line)}`);
}

/** `1.0.1/1` of a build's ARN. */
function versionOf(arn: string): string {
  return arn.split("/").slice(-2).join("/");
}

const CONSUMERS = ["payments", "orders", "outsider"] as const;

type Account = (typeof CONSUMERS)[number];

function printOf(of: Account | "updater" | "rebuilder", text: string, textColor?: Paint): void {
  const color = of === "updater" || of === "rebuilder" ? dim : cyan;
  print(`     ${of.padEnd(10)}`, text, color, textColor);
}

class Story {
  private chapter = 0;

  constructor(private readonly factory: SmallFactory) {}

  begin(text: string): void {
    this.chapter += 1;
    console.log();
    print(`${String(this.chapter).padStart(2)}   `, text, bold, bold);
  }

  /** Runs the updater and prints its changes. */
  async update(event: unknown): Promise<void> {
    this.printChanges([await this.factory.update(event)]);
  }

  /** Runs the updater as its schedule does, and prints its changes. */
  async updateAll(): Promise<void> {
    this.printChanges(await this.factory.updateAll());
  }

  private printChanges(runs: readonly Invocation<RunResult>[]): void {
    const error = runs.find((run) => run.error)?.error;
    if (error) throw new Error(`the updater failed: ${error.message}`);
    const shares = runs.flatMap(({ result }) => result?.shares ?? []);
    const associated = shares.flatMap(({ channel, associated: arns }) =>
      arns.map((arn) => `adds ${versionOf(arn)} to ${channel}`),
    );
    const disassociated = shares.flatMap(({ channel, disassociated: arns }) =>
      arns.map((arn) => `removes ${versionOf(arn)} from ${channel}`),
    );
    for (const change of associated) printOf("updater", change, green);
    for (const change of disassociated) printOf("updater", change, red);
    if (associated.length + disassociated.length === 0) printOf("updater", "changes nothing");
  }

  /** Runs the rebuilder of payments, and prints the builds that it starts. */
  async rebuild(): Promise<void> {
    const { error, log } = await this.factory.rebuild("payments");
    if (error) throw new Error(`the rebuilder failed: ${error.message}`);
    const started = log
      .map((line) => JSON.parse(line))
      .filter(({ message }) => message === "build started");
    for (const { image, build, parent } of started)
      printOf(
        "rebuilder",
        `builds ${image} ${versionOf(build)} on base ${versionOf(parent)}`,
        green,
      );
    if (started.length === 0) printOf("rebuilder", "starts nothing");
  }

  /** Prints the build that the versionless ARN resolves to for each account. */
  async printAccess(): Promise<void> {
    for (const name of CONSUMERS) {
      const account = this.factory.as(name);
      const build = await account.resolve(GOLDEN);
      if (!build) {
        printOf(name, "sees no build of base");
        continue;
      }
      const canLaunch = await account.canLaunch(build.amis[0] ?? "");
      const resolves = `resolves base/x.x.x to ${versionOf(build.arn)}`;
      if (canLaunch) printOf(name, `${resolves} and can launch it`);
      else printOf(name, `${resolves}, but can't launch it`, red);
    }
  }

  async printLaunchers(arn: string, ami: string): Promise<void> {
    for (const name of CONSUMERS) {
      const canLaunch = await this.factory.as(name).canLaunch(ami);
      printOf(name, `${canLaunch ? "can" : "can't"} launch ${versionOf(arn)}`);
    }
  }

  /** Creates a recipe as Terraform does, and prints whether Image Builder accepts it. */
  async createOrdersRecipe(): Promise<void> {
    try {
      await this.factory.pipeline("orders", "orders-api", "1.0.0", GOLDEN);
      printOf("orders", "its recipe is accepted");
    } catch (error) {
      printOf("orders", `its recipe is rejected: ${(error as Error).message}`, red);
    }
  }

  /** Builds the image of payments, and prints its parent. */
  async buildPayments(pipelineArn: string): Promise<void> {
    const { arn } = await this.factory.build("payments", pipelineArn);
    const parent = this.factory.aws.builds.parentOf(arn);
    printOf("payments", `builds payments-web ${versionOf(arn)} on base ${versionOf(parent)}`);
  }
}

async function createShares(factory: SmallFactory): Promise<void> {
  const common = { bakeHours: 0 };
  await factory.share("unit", { ...common, name: "canary", keep: 1, approval: "automatic" });
  await factory.share("organization", { ...common, name: "stable", keep: 2, approval: "required" });
}

function printIntroduction(): void {
  const line = (text: string): void => print("  ", text, dim);
  console.log(bold("Golden Image Factory, on emulated AWS"));
  line("The account shared builds the golden image base and shares it by two channels:");
  print("  canary    ", "gives the organizational unit of payments the newest build at once", cyan);
  print("  stable    ", "gives the organization the two newest approved builds", cyan);
  line("The accounts payments and orders are in the organization, outsider isn't.");
}

async function tellStory(factory: SmallFactory): Promise<void> {
  const story = new Story(factory);
  const shared = factory.as("shared");
  printIntroduction();
  await createShares(factory);

  story.begin(
    "A build of base becomes AVAILABLE. The message about it reaches the updater through its queue.",
  );
  const base = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
  const { arn: first, message: firstMessage } = await factory.build("shared", base);
  await story.update(delivered(firstMessage));
  await story.printAccess();

  story.begin("orders creates an image on base/x.x.x. For that it must see a build of base.");
  await story.createOrdersRecipe();

  story.begin("A reviewer approves the build for the channel stable.");
  await shared.tag(first, approvalTag("stable"), "CHG-1");
  await story.update({ image: "base" });
  await story.printAccess();
  await story.createOrdersRecipe();

  story.begin("payments builds its image on base/x.x.x. Its recipe contains no AMI id.");
  const paymentsWeb = await factory.pipeline("payments", "payments-web", "1.0.0", GOLDEN);
  await story.buildPayments(paymentsWeb);
  factory.manifests.follow("payments", "payments-web");

  story.begin(
    "The recipe of base gets a new version and is built. The event is lost, but the updater also runs every hour.",
  );
  await factory.pipeline("shared", "base", "1.0.1", AWS_PARENT);
  const { arn: second, message: secondMessage } = await factory.build("shared", base);
  await story.updateAll();
  await story.printAccess();

  story.begin(
    "The rebuilder of payments runs every hour. Now payments sees a newer build of base.",
  );
  await story.rebuild();
  await story.rebuild();

  story.begin(
    "The lost event arrives late and twice, with an old one, a forged one and a malformed one.",
  );
  await story.update(
    delivered(secondMessage, secondMessage, firstMessage, FORGED, "this is not JSON"),
  );
  await story.printAccess();

  story.begin("The reviewer approves the new build for stable.");
  await shared.tag(second, approvalTag("stable"), "CHG-2");
  await story.update({ image: "base" });
  await story.printAccess();

  story.begin("At 3 a.m. the new build turns out to be bad. An operator revokes it.");
  const [ami = ""] = (await shared.resolve(second))?.amis ?? [];
  await shared.tag(second, REVOKED_TAG, "INC-7");
  await story.update({ image: "base" });
  await story.printAccess();
  await story.printLaunchers(second, ami);

  story.begin("The rebuilder runs again. The newest build that payments sees is an older one.");
  await story.rebuild();

  story.begin("payments builds again. Its recipe has not changed.");
  await story.buildPayments(paymentsWeb);
}

async function main(): Promise<void> {
  const factory = await SmallFactory.start({ phase: 20 });
  try {
    await tellStory(factory);
  } finally {
    factory.stop();
  }
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
