/** Expectations of the end-to-end test about release notes and watermarks. */
import { NOTES_TOPIC_NAME } from "../../config/names";
import { watermarkKey } from "../../contract/watermark";
import { registryOf } from "../../tools/local-aws/moto/registry";
import type { Scenario } from "./scenario";
import { COPY_REGION, PAYMENTS, REGION, SHARED } from "./scenario-factory";

/** A message for people. */
export interface Mail {
  readonly Subject: string;
  readonly Message: string;
}

/** A subscription to the topic for release notes of the shared account. */
export class Inbox {
  private constructor(
    private readonly scenario: Scenario,
    private readonly key: string,
    private readonly url: string,
  ) {}

  static async subscribe(scenario: Scenario): Promise<Inbox> {
    const { moto } = scenario;
    const key = await scenario.accessKeyOf(SHARED);
    const { QueueUrl } = await moto.sqs(key, REGION, "CreateQueue", {
      QueueName: "inbox",
      // Messages that were read don't appear again.
      Attributes: { VisibilityTimeout: "43200" },
    });
    await moto.query(key, REGION, "sns", "Subscribe", {
      TopicArn: `arn:aws:sns:${REGION}:${SHARED}:${NOTES_TOPIC_NAME}`,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${REGION}:${SHARED}:inbox`,
      Version: "2010-03-31",
    });
    return new Inbox(scenario, key, String(QueueUrl));
  }

  /** Returns the messages since the last call. */
  async read(): Promise<Mail[]> {
    const mails: Mail[] = [];
    for (;;) {
      const { Messages = [] } = await this.scenario.moto.sqs(this.key, REGION, "ReceiveMessage", {
        QueueUrl: this.url,
        MaxNumberOfMessages: 10,
      });
      const received = Messages as readonly { Body: string }[];
      if (received.length === 0) return mails;
      mails.push(...received.map(({ Body }) => JSON.parse(Body)));
    }
  }
}

/** Records the builds that wait for it, and returns the release notes that were sent. */
export async function recordAndRead(scenario: Scenario, inbox: Inbox): Promise<Mail[]> {
  for (const { unmarked } of await scenario.record()) expect(unmarked ?? []).toEqual([]);
  return inbox.read();
}

/** Returns the text of the only message with a subject. */
export function messageOf(mails: readonly Mail[], subject: string): string {
  const found = mails.filter(({ Subject }) => Subject === subject);
  expect(found).toHaveLength(1);
  return found[0]?.Message ?? "";
}

/** Expects that AMIs have the watermark of one golden build, and no other. */
export function expectMark(scenario: Scenario, build: string, ...amis: string[]): void {
  expect(amis.map((ami) => scenario.local.amis.watermarksOf(ami))).toEqual(
    amis.map(() => [watermarkKey(build)]),
  );
}

/** Expects that the AMIs of a build in both Regions have its watermark. */
export function expectMarked(scenario: Scenario, build: string): void {
  expectMark(scenario, build, scenario.amiOf(build), scenario.amiOf(build, COPY_REGION));
}

/**
 * Launches an instance of a copy of an app image. The copy isn't a build of Image Builder, and is
 * deregistered, so that only the watermark shows on which golden build it is based.
 */
export async function launchCopy(scenario: Scenario, build: string): Promise<string> {
  const account = await scenario.account(PAYMENTS);
  const copy = await account.copy(scenario.amiOf(build));
  const instance = await account.launch(copy);
  scenario.local.amis.deregister(copy);
  return instance;
}

/** Makes a build fail, and expects a message with the failed step and the end of its log. */
export async function expectFailureNote(scenario: Scenario, inbox: Inbox): Promise<string> {
  const { runs } = scenario.local;
  runs.setFailing("web", true);
  const build = await scenario.build(SHARED, "web");
  runs.setFailing("web", false);
  await scenario.deliver();
  const [version = ""] = /\d+\.\d+\.\d+\/\d+$/.exec(build) ?? [];
  const mails = await recordAndRead(scenario, inbox);
  expect(messageOf(mails, `${version} of web failed`).split("\n")).toEqual([
    `The build ${version} of web in ${REGION} failed.`,
    "Reason: A component failed.",
    "Failed step: ApplyBuildComponents (ExecuteComponents, workflow type BUILD)",
    "Message of the step: A component failed.",
    `Log group: /aws/imagebuilder/web, log stream: ${version}`,
    "",
    "The last lines of the log:",
    expect.stringMatching(/^ {2}\| arn:aws:imagebuilder:\S+:component\/reboot-linux\/\S+: failed /),
  ]);
  return build;
}

const VERIFY_CONTAINER = ["verify", "runtime", "1.0.0/1", "--region", REGION] as const;

/** Expects that a container's statement is about its content. */
export async function expectContainerVerified(scenario: Scenario): Promise<void> {
  expect(await scenario.factoryResult(SHARED, ...VERIFY_CONTAINER)).toEqual({
    exitCode: 0,
    output: expect.stringMatching(
      /^runtime 1\.0\.0\/1 in eu-west-1: valid\n(.*\n)+ {2}content of the containers: sha256:[0-9a-f]{64}\n$/,
    ),
  });
}

/** Pushes another image with the tag of a container, and expects that its statement is invalid. */
export async function expectReplacedContainer(scenario: Scenario): Promise<void> {
  const registry = registryOf(scenario.moto);
  const image = ["golden-image-factory/runtime", ["1.0.0-1"]] as const;
  const caller = { account: SHARED, region: REGION };
  await registry.deletePushed(...image, caller);
  await registry.push(...image, caller);
  expect(await scenario.factoryResult(SHARED, ...VERIFY_CONTAINER)).toEqual({
    exitCode: 2,
    output: expect.stringMatching(
      /^ {2}the statement is about \S+\/runtime:1\.0\.0-1 with the content sha256:\S+, but Amazon ECR has sha256:\S+$/m,
    ),
  });
}
