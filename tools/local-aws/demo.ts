// Tells in the terminal what the accounts of a factory see after each event: emulated AWS, and the share updater as it is deployed.

import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { AWS_PARENT, delivered, FORGED, GOLDEN, SmallFactory } from "./small-factory";

const isColoured =
  process.env["NO_COLOR"] === undefined &&
  (process.stdout.isTTY || process.env["FORCE_COLOR"] !== undefined);
function paint(code: number) {
  return (text: string): string => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
}
const [bold, dim, red, green, cyan] = [paint(1), paint(2), paint(31), paint(32), paint(36)];
function say(line = ""): void {
  console.log(line);
}

/** `1.0.1/1` of a build's ARN. */
function version(arn: string): string {
  return arn.split("/").slice(-2).join("/");
}

const CONSUMERS = ["payments", "orders", "outsider"] as const;

/** What happens, and what can be seen of it. */
class Story {
  private chapter = 0;

  constructor(private readonly factory: SmallFactory) {}

  begins(text: string): void {
    this.chapter += 1;
    say();
    say(`${bold(String(this.chapter).padStart(2))}   ${bold(text)}`);
  }

  /** Runs the updater, and tells what it did. */
  async updater(event: unknown): Promise<void> {
    const { result = [], error } = await this.factory.update(event);
    if (error) throw new Error(`the updater failed: ${error.message}`);
    const changes = result.flatMap(({ channel, associated, disassociated }) => [
      ...associated.map((arn) => green(`+ ${version(arn)} in ${channel}`)),
      ...disassociated.map((arn) => red(`- ${version(arn)} from ${channel}`)),
    ]);
    say(
      `     ${dim("the updater:")} ${changes.length > 0 ? changes.join(", ") : "changes nothing"}`,
    );
  }

  /** What each account gets for the versionless ARN. */
  async everybodySees(): Promise<void> {
    for (const name of CONSUMERS) {
      const account = this.factory.as(name);
      const seen = await account.resolve(GOLDEN);
      const launches = seen && (await account.canLaunch(seen.amis[0] ?? ""));
      const may = launches ? "can launch it" : red("can't launch it");
      say(
        `     ${cyan(name.padEnd(9))} ${seen ? `base/x.x.x is ${bold(version(seen.arn))}, ${may}` : "sees nothing"}`,
      );
    }
  }

  async canLaunch(arn: string, ami: string): Promise<void> {
    const who: string[] = [];
    for (const name of CONSUMERS) {
      if (await this.factory.as(name).canLaunch(ami)) who.push(name);
    }
    say(
      `     ${dim("who can launch")} ${version(arn)}${dim(":")} ${who.join(", ") || "nobody outside"}`,
    );
  }

  /** Makes a recipe as Terraform would, and tells whether it is taken. */
  async ordersMakesRecipe(): Promise<void> {
    const said = await this.factory.pipeline("orders", "orders-api", "1.0.0", GOLDEN).then(
      () => "taken",
      ({ message }: Error) => red(`refused: ${message}`),
    );
    say(`     ${cyan("orders".padEnd(9))} its recipe is ${said}`);
  }

  /** Builds the image of payments, and tells which golden build it is on. */
  async paymentsBuilds(pipelineArn: string): Promise<void> {
    const { arn } = await this.factory.bake("payments", pipelineArn);
    const parent = this.factory.aws.images.parentOf(arn);
    say(
      `     ${cyan("payments".padEnd(9))} ${version(arn)} is built on base ${bold(version(parent))}`,
    );
  }
}

async function tell(factory: SmallFactory): Promise<void> {
  const story = new Story(factory);
  const platform = factory.as("shared");
  const accounts = `${cyan("payments")} and ${cyan("orders")} are in the organization, ${cyan("outsider")} isn't`;
  say(bold("Golden Image Factory, on emulated AWS"));
  say(`  ${cyan("shared")} bakes the golden image 'base'. ${accounts}.`);
  say(`  channel ${bold("canary")}: the unit that payments is in gets the newest build at once.`);
  say(`  channel ${bold("stable")}: the organization gets the two newest builds, once approved.`);
  await factory.share("unit", {
    channel: "canary",
    keep: 1,
    bakeHours: 0,
    approvalRequired: false,
  });
  await factory.share("organization", {
    channel: "stable",
    keep: 2,
    bakeHours: 0,
    approvalRequired: true,
  });

  story.begins("A build becomes AVAILABLE: Image Builder tells the topic, the topic the updater.");
  const first = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
  const { arn: one, message: event } = await factory.bake("shared", first);
  await story.updater(delivered(event));
  await story.everybodySees();

  story.begins("orders wants an image on base/x.x.x, which needs a build that it can see.");
  await story.ordersMakesRecipe();

  story.begins("Somebody approves the build for stable.");
  await platform.tag(one, approvalTag("stable"), "CHG-1");
  await story.updater({ image: "base" });
  await story.everybodySees();
  await story.ordersMakesRecipe();

  story.begins("payments builds its own image on base/x.x.x, naming no AMI.");
  const app = await factory.pipeline("payments", "payments-web", "1.0.0", GOLDEN);
  await story.paymentsBuilds(app);

  story.begins(
    "The recipe gets a new version and is built. The event is lost; the hourly run makes up for it.",
  );
  const second = await factory.pipeline("shared", "base", "1.0.1", AWS_PARENT);
  const { arn: two, message: lost } = await factory.bake("shared", second);
  await story.updater({});
  await story.everybodySees();

  story.begins(
    "The lost event comes late and twice, with an old one, a forged one and one that is no JSON.",
  );
  await story.updater(delivered(lost, lost, event, FORGED, "no JSON"));
  await story.everybodySees();

  story.begins("The new build is approved for stable.");
  await platform.tag(two, approvalTag("stable"), "CHG-2");
  await story.updater({ image: "base" });
  await story.everybodySees();

  story.begins("3 a.m.: that build is bad. It is revoked.");
  const [ami = ""] = (await platform.resolve(two))?.amis ?? [];
  await platform.tag(two, REVOKED_TAG, "INC-7");
  await story.updater({ image: "base" });
  await story.everybodySees();
  await story.canLaunch(two, ami);

  story.begins("The next build of payments is on the build before, and nobody changed a line.");
  await story.paymentsBuilds(app);
}

async function main(): Promise<void> {
  const factory = await SmallFactory.start({ phase: 20 });
  try {
    await tell(factory);
  } finally {
    factory.stop();
  }
}

main().catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});
