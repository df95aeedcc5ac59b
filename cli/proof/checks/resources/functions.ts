/**
 * Checks of the functions that stacks create, by their alarms and dead-letter queues. Before the
 * first deployment they don't apply.
 */
import { type Factory, isFollowing } from "../../../../config/model";
import {
  ALARM_PREFIX,
  REBUILDER_NAME,
  RECORDER_NAME,
  UPDATER_NAME,
} from "../../../../config/names";
import {
  check,
  failed,
  ifExists,
  notApplicable,
  type Observation,
  type Target,
  warning,
} from "../../check";
import { NOT_DEPLOYED, reasonOf } from "./messages";

/** A function that the stacks of an account create in a Region. */
interface DeployedFunction {
  /** Name of the function. Its dead-letter queue has the same name, with a suffix. */
  readonly name: string;
  /** For messages. */
  readonly title: string;
  /** Instruction for messages in its dead-letter queue. */
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
