/** Faults of what the stacks create. */
import type { Raw } from "../../../../tools/fixtures/factory-file";
import { awsError } from "../../aws-error";
import { UNIT } from "../fake-aws";
import type { Fault } from "./fault";

function storeEvidence(file: Raw): void {
  file.sharedAccount.evidence = true;
}

export const RESOURCE_FAULTS: readonly Fault[] = [
  {
    fault: "the key that signs evidence is disabled",
    check: "evidence-key",
    file: storeEvidence,
    answers: {
      "kms:DescribeKey": ({ KeyId }) => ({
        KeyMetadata: {
          KeyId: "1234",
          KeyState: KeyId?.endsWith("evidence") ? "Disabled" : "Enabled",
        },
      }),
    },
    observations: [
      {
        result: "failed",
        message: "the key 1234 is Disabled, so new builds get no signed statement",
        command: "aws kms enable-key --key-id 1234 --region eu-west-1",
      },
    ],
  },
  {
    fault: "the image key of a Region that only gets copies is disabled",
    check: "image-key",
    file: (file) => {
      file.images.base.outputs.copyToRegions = ["us-east-1"];
    },
    answers: {
      "kms:DescribeKey": (_, { region }) => ({
        KeyMetadata: { KeyId: "1234", KeyState: region === "us-east-1" ? "Disabled" : "Enabled" },
      }),
    },
    observations: [
      {
        result: "failed",
        message: "the key 1234 is Disabled, so images can't be built or launched",
        command: "aws kms enable-key --key-id 1234 --region us-east-1",
      },
    ],
  },
  {
    fault: "the image key is about to be deleted",
    check: "image-key",
    account: "shared",
    answers: {
      "kms:DescribeKey": () => ({ KeyMetadata: { KeyId: "1234", KeyState: "PendingDeletion" } }),
    },
    observations: [
      {
        result: "failed",
        message: "the key 1234 is PendingDeletion, so images can't be built or launched",
        command: "aws kms cancel-key-deletion --key-id 1234 --region eu-west-1",
      },
    ],
  },
  {
    fault: "the material of the image key is missing",
    check: "image-key",
    account: "shared",
    answers: {
      "kms:DescribeKey": () => ({ KeyMetadata: { KeyId: "1234", KeyState: "Unavailable" } }),
    },
    observations: [
      {
        result: "failed",
        message: "the key 1234 is Unavailable, so images can't be built or launched",
        fix: "see docs/guides/teardown-and-recovery.md",
      },
    ],
  },
  {
    fault: "a pipeline is disabled after failures, and another isn't deployed",
    check: "pipelines",
    account: "shared",
    answers: {
      "imagebuilder:ListImagePipelines": () => ({
        imagePipelineList: [
          { name: "base", status: "DISABLED", consecutiveFailures: 5 },
          { name: "vendor", status: "DISABLED" },
          ...["mac", "partner", "runtime"].map((name) => ({ name, status: "ENABLED" })),
        ],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "base: the pipeline is disabled, after 5 failed builds",
        fix: "fix the build (see docs/guides/operations.md#a-build-failed), and apply the stack again",
      },
      {
        result: "warning",
        message: "web: not deployed yet",
        fix: "apply the stack that builds web in eu-west-1",
      },
      {
        result: "failed",
        message: "vendor: the pipeline is disabled",
        fix: "fix the build (see docs/guides/operations.md#a-build-failed), and apply the stack again",
      },
    ],
  },
  {
    fault: "an e-mail address isn't confirmed",
    check: "subscriptions",
    answers: {
      "sns:ListSubscriptionsByTopic": () => ({
        Subscriptions: [{ Endpoint: "ops@example.com", SubscriptionArn: "PendingConfirmation" }],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "ops@example.com hasn't confirmed the subscription, so it gets no notification",
        fix: 'open the link in the mail "AWS Notification - Subscription Confirmation". The command sends it again',
        command:
          "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notifications --protocol email --notification-endpoint ops@example.com --region eu-west-1",
      },
    ],
  },
  {
    fault: "an e-mail address for release notes isn't confirmed",
    check: "subscriptions",
    file: (file) => {
      delete file.sharedAccount.notify;
      file.sharedAccount.notes = { emails: ["releases@example.com"] };
    },
    answers: {
      "sns:ListSubscriptionsByTopic": () => ({
        Subscriptions: [
          { Endpoint: "releases@example.com", SubscriptionArn: "PendingConfirmation" },
        ],
      }),
    },
    observations: [
      {
        result: "failed",
        message:
          "releases@example.com hasn't confirmed the subscription, so it gets no release notes",
        fix: 'open the link in the mail "AWS Notification - Subscription Confirmation". The command sends it again',
        command:
          "aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notes --protocol email --notification-endpoint releases@example.com --region eu-west-1",
      },
    ],
  },
  {
    fault: "an address of one topic isn't confirmed, and the other topic doesn't exist",
    check: "subscriptions",
    file: (file) => {
      file.sharedAccount.notes = { emails: ["releases@example.com"] };
    },
    answers: {
      "sns:ListSubscriptionsByTopic": ({ TopicArn }) => {
        if (TopicArn?.endsWith("-notes")) throw awsError("NotFoundException");
        return { Subscriptions: [] };
      },
    },
    observations: [
      {
        result: "warning",
        message: "ops@example.com isn't subscribed",
        fix: "apply the stack again",
      },
      {
        result: "warning",
        message: "the topic golden-image-factory-notes isn't deployed yet",
        fix: "apply the stack of the Region",
      },
    ],
  },
  {
    fault: "an e-mail address isn't subscribed",
    check: "subscriptions",
    answers: { "sns:ListSubscriptionsByTopic": () => ({}) },
    observations: [
      {
        result: "warning",
        message: "ops@example.com isn't subscribed",
        fix: "apply the stack again",
      },
    ],
  },
  {
    fault: "a share isn't active, and another isn't deployed",
    check: "shares",
    answers: {
      "ram:GetResourceShares": () => ({
        resourceShares: [
          { name: "golden-image-base--canary", status: "DELETED" },
          { name: "golden-image-base--partner", status: "FAILED" },
        ],
      }),
    },
    observations: [
      {
        result: "warning",
        message: "golden-image-base--canary: not deployed yet",
        fix: "apply the stack of base in eu-west-1",
      },
      {
        result: "failed",
        message: "golden-image-base--partner: the share is FAILED",
        fix: "see docs/guides/operations.md",
      },
    ],
  },
  {
    fault: "principals and a build couldn't be added to a share",
    check: "shares",
    answers: {
      "ram:GetResourceShareAssociations": ({ associationType, resourceShareArns: [arn] = [] }) => {
        const isCanary = arn?.endsWith("canary");
        if (associationType === "RESOURCE")
          return {
            resourceShareAssociations: isCanary
              ? [{ associatedEntity: "arn:build", status: "FAILED" }]
              : [],
          };
        return {
          resourceShareAssociations: isCanary
            ? [
                {
                  associatedEntity: `arn:aws:organizations::999999999999:ou/o-abcdefghij/${UNIT}`,
                  status: "FAILED",
                  statusMessage: "Organization could not be found",
                },
              ]
            : [{ associatedEntity: "333333333333", status: "ASSOCIATING" }],
        };
      },
    },
    observations: [
      {
        result: "failed",
        message:
          "golden-image-base--canary: RAM couldn't add arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111: Organization could not be found",
        fix: "use the management account, and then apply the stack again",
        command: "aws ram enable-sharing-with-aws-organization",
      },
      {
        result: "failed",
        message: "golden-image-base--canary: RAM couldn't add arn:build",
        command: "npx --no factory update base --region eu-west-1",
      },
      {
        result: "warning",
        message: "golden-image-base--partner: 333333333333 is ASSOCIATING",
        fix: "run this command again in a minute",
      },
    ],
  },
  {
    fault: "a principal is missing in a share",
    check: "shares",
    answers: { "ram:GetResourceShareAssociations": () => ({}) },
    observations: [
      {
        result: "warning",
        message:
          "golden-image-base--canary: arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111 isn't a principal of the share",
        fix: "apply the stack again",
      },
      {
        result: "warning",
        message: "golden-image-base--partner: 333333333333 isn't a principal of the share",
        fix: "apply the stack again",
      },
    ],
  },
  {
    fault: "an alarm fires, and another is muted",
    check: "alarms",
    account: "shared",
    answers: {
      "cloudwatch:DescribeAlarms": () => ({
        MetricAlarms: [
          {
            AlarmName: "golden-image-factory-share-updater-errors",
            StateValue: "ALARM",
            StateReason: "Threshold Crossed",
            ActionsEnabled: true,
          },
          {
            AlarmName: "golden-image-base--canary-age",
            StateValue: "OK",
            ActionsEnabled: false,
          },
        ],
      }),
    },
    observations: [
      {
        result: "failed",
        message: "golden-image-factory-share-updater-errors is in ALARM: Threshold Crossed",
        fix: "see docs/reference/alarms.md",
      },
      {
        result: "warning",
        message: "golden-image-base--canary-age sends no notifications",
        command:
          "aws cloudwatch enable-alarm-actions --alarm-names golden-image-base--canary-age --region eu-west-1",
      },
    ],
  },
  {
    fault: "the dead-letter queue has a message",
    check: "dead-letter-queue",
    answers: {
      "sqs:GetQueueAttributes": () => ({ Attributes: { ApproximateNumberOfMessages: "1" } }),
    },
    observations: [
      {
        result: "failed",
        message: "the updater couldn't process 1 message",
        fix: "see docs/guides/operations.md#alarm-failed-dead-letter-queue",
      },
      {
        result: "failed",
        message: "the rebuilder couldn't process 1 message",
        fix: "see docs/reference/alarms.md#golden-image-factory-rebuilder-failed",
      },
      {
        result: "failed",
        message: "the rebuilder couldn't process 1 message",
        fix: "see docs/reference/alarms.md#golden-image-factory-rebuilder-failed",
      },
    ],
  },
  {
    fault: "the recorder's dead-letter queue has messages, and the rebuilder isn't deployed",
    check: "dead-letter-queue",
    account: "shared",
    file: storeEvidence,
    answers: {
      "sqs:GetQueueUrl": ({ QueueName }) => {
        if (QueueName?.includes("rebuilder")) throw awsError("QueueDoesNotExist");
        return { QueueUrl: QueueName };
      },
      "sqs:GetQueueAttributes": ({ QueueUrl }) => ({
        Attributes: { ApproximateNumberOfMessages: QueueUrl?.includes("recorder") ? "2" : "0" },
      }),
    },
    observations: [
      {
        result: "warning",
        message: "the rebuilder isn't deployed yet",
        fix: "apply the stack of the Region",
      },
      {
        result: "failed",
        message: "the recorder couldn't process 2 messages",
        fix: "see docs/reference/alarms.md#golden-image-factory-recorder-failed",
      },
    ],
  },
];
