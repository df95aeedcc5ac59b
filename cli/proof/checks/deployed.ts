/** Checks of what the stacks create. Before the first deployment they don't apply. */

import type { KeyMetadata } from "@aws-sdk/client-kms";
import { sharePrincipals } from "../../../config/audience";
import { topicArn } from "../../../config/aws/arns";
import { type Factory, isFollowing } from "../../../config/model";
import {
  ALARM_PREFIX,
  IMAGE_KEY_ALIAS,
  NOTES_TOPIC_NAME,
  REBUILDER_NAME,
  RECORDER_NAME,
  SIGNING_KEY_ALIAS,
  shareName,
  TOPIC_NAME,
  UPDATER_NAME,
} from "../../../config/names";
import { required } from "../../../contract/required";
import { factoryCommand } from "../../factory-command";
import {
  check,
  failed,
  ifExists,
  notApplicable,
  type Observation,
  type Target,
  warning,
} from "../check";
import { findEach } from "../find-each";

const NOT_DEPLOYED = "not deployed yet";

export const imageKey = check({
  id: "image-key",
  title: "The key that encrypts the account's images is enabled",
  scope: "region",
  inCopyRegions: true,
  calls: ["kms:DescribeKey"],
  async run({ at: { region }, read }) {
    const answer = await ifExists(
      read("kms:DescribeKey", { KeyId: IMAGE_KEY_ALIAS }),
      "NotFoundException",
    );
    const key = answer?.KeyMetadata;
    if (key === undefined) return [notApplicable(NOT_DEPLOYED)];
    return keyObservations(key, region, "so images can't be built or launched");
  },
});

/** Returns what is wrong with a key that isn't enabled, and its consequence. */
function keyObservations(key: KeyMetadata, region: string, consequence: string): Observation[] {
  const state = key.KeyState ?? "Unknown";
  const commands: Readonly<Record<string, string>> = {
    Disabled: "enable-key",
    PendingDeletion: "cancel-key-deletion",
  };
  if (state === "Enabled") return [];
  const command = commands[state];
  return [
    failed(
      `the key ${key.KeyId} is ${state}, ${consequence}`,
      command === undefined
        ? "see docs/guides/teardown-and-recovery.md"
        : { run: `aws kms ${command} --key-id ${key.KeyId} --region ${region}` },
    ),
  ];
}

export const pipelines = check({
  id: "pipelines",
  title: "Each image has a pipeline, which is enabled unless factory.yaml disables it",
  scope: "region",
  calls: ["imagebuilder:ListImagePipelines"],
  async run({ buildables, at: { region }, pages }) {
    if (buildables.length === 0) return [notApplicable("the account builds nothing here")];
    const lists = await pages("imagebuilder:ListImagePipelines", {});
    const found = new Map(
      lists.flatMap(({ imagePipelineList = [] }) =>
        imagePipelineList.map((pipeline) => [pipeline.name, pipeline] as const),
      ),
    );
    if (!buildables.some(({ name }) => found.has(name))) return [notApplicable(NOT_DEPLOYED)];
    return buildables.flatMap(({ name, enabled }): Observation[] => {
      const pipeline = found.get(name);
      if (pipeline === undefined)
        return [
          warning(`${name}: not deployed yet`, `apply the stack that builds ${name} in ${region}`),
        ];
      if (!enabled || pipeline.status !== "DISABLED") return [];
      const failures = pipeline.consecutiveFailures ?? 0;
      return [
        failed(
          `${name}: the pipeline is disabled${failures > 0 ? `, after ${failures} failed builds` : ""}`,
          "fix the build (see docs/guides/operations.md#a-build-failed), and apply the stack again",
        ),
      ];
    });
  },
});

/** A topic of a Region, and the addresses that factory.yaml subscribes to it. */
interface Recipients {
  readonly topic: string;
  readonly emails: readonly string[];
  /** The messages of the topic. */
  readonly messages: string;
}

function recipientsOf({
  factory,
  account,
  isShared,
  buildables,
}: Omit<Target<never>, "pages" | "read">): Recipients[] {
  const releases = isShared && buildables.length > 0 ? factory.notes : undefined;
  return [
    { topic: TOPIC_NAME, emails: account.emails, messages: "notification" },
    { topic: NOTES_TOPIC_NAME, emails: releases?.emails ?? [], messages: "release notes" },
  ].filter(({ emails }) => emails.length > 0);
}

function subscriptionObservations(
  { emails, messages }: Recipients,
  TopicArn: string,
  region: string,
  states: ReadonlyMap<string | undefined, string | undefined>,
): Observation[] {
  return emails.flatMap((email): Observation[] => {
    const state = states.get(email);
    if (state?.startsWith("arn:")) return [];
    if (state === "PendingConfirmation")
      return [
        failed(`${email} hasn't confirmed the subscription, so it gets no ${messages}`, {
          why: 'open the link in the mail "AWS Notification - Subscription Confirmation". The command sends it again',
          run: `aws sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint ${email} --region ${region}`,
        }),
      ];
    return [warning(`${email} isn't subscribed`, "apply the stack again")];
  });
}

export const subscriptions = check({
  id: "subscriptions",
  title: "Each e-mail address of notify and notes has confirmed its subscription",
  scope: "region",
  calls: ["sns:ListSubscriptionsByTopic"],
  async run(target) {
    const { at, pages } = target;
    const recipients = recipientsOf(target);
    if (recipients.length === 0) return [notApplicable("neither notify.emails nor notes is set")];
    const lists = await Promise.all(
      recipients.map(({ topic }) =>
        ifExists(
          pages("sns:ListSubscriptionsByTopic", { TopicArn: topicArn(at, topic) }),
          "NotFoundException",
          "NotFound",
        ),
      ),
    );
    if (lists.every((list) => list === undefined)) return [notApplicable(NOT_DEPLOYED)];
    return recipients.flatMap((one, index): Observation[] => {
      const found = lists[index];
      if (found === undefined)
        return [
          warning(`the topic ${one.topic} isn't deployed yet`, "apply the stack of the Region"),
        ];
      const states = new Map(
        found.flatMap(({ Subscriptions = [] }) =>
          Subscriptions.map(
            ({ Endpoint, SubscriptionArn }) => [Endpoint, SubscriptionArn] as const,
          ),
        ),
      );
      return subscriptionObservations(one, topicArn(at, one.topic), at.region, states);
    });
  },
});

type ShareCalls = "ram:GetResourceShareAssociations" | "ram:GetResourceShares";

export const shares = check({
  id: "shares",
  title: "The share of each channel is active, and its principals and builds are associated",
  scope: "region",
  accounts: "shared",
  calls: ["ram:GetResourceShareAssociations", "ram:GetResourceShares"],
  async run(target) {
    const {
      factory,
      buildables,
      at: { region },
      pages,
    } = target;
    const channels = buildables.flatMap(({ name: image, channels }) =>
      channels.map((channel) => ({ image, name: shareName(image, channel.name), channel })),
    );
    if (channels.length === 0) return [notApplicable("no image has channels here")];
    const lists = await pages("ram:GetResourceShares", { resourceOwner: "SELF" });
    // A deleted share stays visible for some time.
    const existing = lists
      .flatMap(({ resourceShares = [] }) => resourceShares)
      .filter(({ status }) => status !== "DELETED" && status !== "DELETING");
    if (!channels.some(({ name }) => existing.some((share) => share.name === name)))
      return [notApplicable(NOT_DEPLOYED)];
    return findEach(channels, async ({ image, name, channel }) => {
      const share = existing.find((one) => one.name === name);
      if (share === undefined)
        return [warning(`${name}: not deployed yet`, `apply the stack of ${image} in ${region}`)];
      if (share.status !== "ACTIVE")
        return [failed(`${name}: the share is ${share.status}`, "see docs/guides/operations.md")];
      const arn = required(share.resourceShareArn, `the ARN of ${name}`);
      return [
        ...(await principalObservations(
          target,
          name,
          arn,
          sharePrincipals(channel.audience, factory.organization, region),
        )),
        ...(await buildObservations(target, name, arn, image)),
      ];
    });
  },
});

async function associationsOf(
  { pages }: Target<ShareCalls>,
  arn: string,
  associationType: "PRINCIPAL" | "RESOURCE",
) {
  const lists = await pages("ram:GetResourceShareAssociations", {
    associationType,
    resourceShareArns: [arn],
  });
  return lists
    .flatMap(({ resourceShareAssociations = [] }) => resourceShareAssociations)
    .filter(({ status }) => status !== "DISASSOCIATED");
}

async function principalObservations(
  target: Target<ShareCalls>,
  name: string,
  arn: string,
  principals: readonly string[],
): Promise<Observation[]> {
  const found = await associationsOf(target, arn, "PRINCIPAL");
  return principals.flatMap((principal): Observation[] => {
    const association = found.find(({ associatedEntity }) => associatedEntity === principal);
    switch (association?.status) {
      case "ASSOCIATED":
        return [];
      case undefined:
        return [
          warning(`${name}: ${principal} isn't a principal of the share`, "apply the stack again"),
        ];
      case "FAILED":
        return [
          failed(`${name}: RAM couldn't add ${principal}${reasonOf(association.statusMessage)}`, {
            why: "use the management account, and then apply the stack again",
            run: "aws ram enable-sharing-with-aws-organization",
          }),
        ];
      default:
        return [
          warning(
            `${name}: ${principal} is ${association?.status}`,
            "run this command again in a minute",
          ),
        ];
    }
  });
}

async function buildObservations(
  target: Target<ShareCalls>,
  name: string,
  arn: string,
  image: string,
): Promise<Observation[]> {
  const found = await associationsOf(target, arn, "RESOURCE");
  return found
    .filter(({ status }) => status === "FAILED")
    .map(({ associatedEntity, statusMessage }) =>
      failed(`${name}: RAM couldn't add ${associatedEntity}${reasonOf(statusMessage)}`, {
        run: factoryCommand(`update ${image} --region ${target.at.region}`),
      }),
    );
}

function reasonOf(message: string | undefined): string {
  return message === undefined ? "" : `: ${message}`;
}

/** A function that the stacks of an account create in a Region. */
interface DeployedFunction {
  /** Name of the function. Its dead-letter queue has the same name, with a suffix. */
  readonly name: string;
  /** For messages. */
  readonly title: string;
  /** What to do about messages in its dead-letter queue. */
  readonly fix: string;
}

/** Returns the functions that an account has in a Region. */
function functionsOf({
  factory,
  isShared,
  buildables,
}: Pick<Target<never>, "factory" | "isShared" | "buildables">): DeployedFunction[] {
  const hasRecorder = ({ evidence, notes, watermarks }: Factory): boolean =>
    [evidence, notes, watermarks].some(Boolean) && buildables.length > 0;
  return [
    ...(isShared
      ? [
          {
            name: UPDATER_NAME,
            title: "updater",
            fix: "see docs/guides/operations.md#alarm-failed-dead-letter-queue",
          },
        ]
      : []),
    ...(buildables.some(isFollowing)
      ? [
          {
            name: REBUILDER_NAME,
            title: "rebuilder",
            fix: "see docs/reference/alarms.md#golden-image-factory-rebuilder-failed",
          },
        ]
      : []),
    ...(isShared && hasRecorder(factory)
      ? [
          {
            name: RECORDER_NAME,
            title: "recorder",
            fix: "see docs/reference/alarms.md#golden-image-factory-recorder-failed",
          },
        ]
      : []),
  ];
}

const NO_FUNCTION = "the account has no function here";

export const alarms = check({
  id: "alarms",
  title: "No alarm of the factory is in the state ALARM",
  scope: "region",
  calls: ["cloudwatch:DescribeAlarms"],
  async run(target) {
    if (functionsOf(target).length === 0) return [notApplicable(NO_FUNCTION)];
    const {
      at: { region },
      pages,
    } = target;
    const lists = await pages("cloudwatch:DescribeAlarms", { AlarmNamePrefix: ALARM_PREFIX });
    const found = lists.flatMap(({ MetricAlarms = [] }) => MetricAlarms);
    if (found.length === 0) return [notApplicable(NOT_DEPLOYED)];
    return found.flatMap(
      ({ AlarmName, StateValue, StateReason, ActionsEnabled }): Observation[] => [
        ...(StateValue === "ALARM"
          ? [
              failed(
                `${AlarmName} is in ALARM${reasonOf(StateReason)}`,
                "see docs/reference/alarms.md",
              ),
            ]
          : []),
        ...(ActionsEnabled === false
          ? [
              warning(`${AlarmName} sends no notifications`, {
                run: `aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName} --region ${region}`,
              }),
            ]
          : []),
      ],
    );
  },
});

export const deadLetters = check({
  id: "dead-letter-queue",
  title: "The dead-letter queues of the account's functions are empty",
  scope: "region",
  calls: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
  async run(target) {
    const functions = functionsOf(target);
    if (functions.length === 0) return [notApplicable(NO_FUNCTION)];
    const counts = await Promise.all(functions.map(({ name }) => countFailed(target, name)));
    if (counts.every((count) => count === undefined)) return [notApplicable(NOT_DEPLOYED)];
    return functions.flatMap(({ title, fix }, index): Observation[] => {
      const count = counts[index];
      if (count === undefined)
        return [warning(`the ${title} isn't deployed yet`, "apply the stack of the Region")];
      if (count === 0) return [];
      return [
        failed(
          `the ${title} couldn't process ${count} ${count === 1 ? "message" : "messages"}`,
          fix,
        ),
      ];
    });
  },
});

/** Returns the number of messages in a dead-letter queue; `undefined` if it doesn't exist. */
async function countFailed(
  { read }: Target<"sqs:GetQueueAttributes" | "sqs:GetQueueUrl">,
  functionName: string,
): Promise<number | undefined> {
  const answer = await ifExists(
    read("sqs:GetQueueUrl", { QueueName: `${functionName}-failed` }),
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
  );
  if (answer === undefined) return undefined;
  const { Attributes } = await read("sqs:GetQueueAttributes", {
    QueueUrl: answer.QueueUrl,
    AttributeNames: ["ApproximateNumberOfMessages"],
  });
  return Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0);
}

export const evidenceKey = check({
  id: "evidence-key",
  title: "The key that signs evidence is enabled",
  scope: "region",
  accounts: "shared",
  calls: ["kms:DescribeKey"],
  async run({ factory, buildables, at: { region }, read }) {
    if (!factory.evidence || buildables.length === 0)
      return [notApplicable("sharedAccount.evidence isn't set")];
    const answer = await ifExists(
      read("kms:DescribeKey", { KeyId: SIGNING_KEY_ALIAS }),
      "NotFoundException",
    );
    const key = answer?.KeyMetadata;
    if (key === undefined) return [notApplicable(NOT_DEPLOYED)];
    return keyObservations(key, region, "so new builds get no signed statement");
  },
});
