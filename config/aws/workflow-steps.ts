import * as z from "zod";
import { isMap } from "../raw-map";
import { matching, strict } from "../schema-blocks";
import type { Platform } from "./base-images";
import {
  accountId,
  anyString,
  boolean,
  chosenBy,
  launchTemplateId,
  listOfStrings,
  nonEmptyList,
  nonEmptyString,
  oneOf,
  orExpression,
} from "./input-schemas";

export const WORKFLOW_TYPES = ["build", "test", "distribution"] as const;
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

/** The result of a recipe: a machine image (AMI) or a container image. */
export type ImageKind = "image" | "container";

/** A step action: what a step of a workflow document can do. */
export interface StepAction {
  /** Schema of the inputs. Those that are known only when the step runs are given as `{{ … }}`. */
  readonly inputs: z.ZodType;
  /** Names that later steps can refer to as `$.stepOutputs.STEP.NAME`. */
  readonly outputs: readonly string[];
  /** @default - every type */
  readonly types?: readonly WorkflowType[];
  /** @default - both kinds */
  readonly kind?: ImageKind;
  /** @default - every platform */
  readonly platform?: Platform;
  /** The longest timeout. */
  readonly maxSeconds: number;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

const list = orExpression(nonEmptyList);
const strings = orExpression(listOfStrings(anyString));

/** A list of objects, or one object. Inputs that aren't in `shape` are accepted. */
function objects(shape: z.ZodRawShape): z.ZodType {
  const object = z.looseObject(shape);
  const other = z.unknown();
  const items = z.array(chosenBy((value) => (isMap(value) ? object : other)));
  return orExpression(
    chosenBy((value) => {
      if (isMap(value)) return object;
      return Array.isArray(value) && value.length > 0 ? items : nonEmptyList;
    }),
  );
}

/** A list of objects, even if there is one only. */
function listOfObjects(shape: z.ZodRawShape): z.ZodType {
  const objectsOfShape = objects(shape);
  return chosenBy((value) => (isMap(value) ? nonEmptyList : objectsOfShape));
}

const accountIds = orExpression(
  z.array(accountId, { error: "must be a list of account ids" }),
).optional();

const distributions = listOfObjects({
  name: anyString.optional(),
  description: anyString.optional(),
  targetAccountIds: accountIds,
  amiTags: orExpression(
    z.record(z.string(), anyString, { error: "must be strings by name" }),
  ).optional(),
});

const attributes = listOfObjects({ launchPermission: objects({ userIds: accountIds }).optional() });

const configurations = listOfObjects({
  launchTemplateConfigurations: objects({
    launchTemplateId: orExpression(launchTemplateId).optional(),
    accountId: accountId.optional(),
  }).optional(),
  ssmParameterConfigurations: objects({ amiAccountId: accountId.optional() }).optional(),
});

const MAX_PAYLOAD_BYTES = 16 * 1_024;
const payload = nonEmptyString.refine(
  (text) => Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES,
  `must be at most ${MAX_PAYLOAD_BYTES} bytes`,
);

/** The ARN of an SNS topic. Its group is the account. */
export const TOPIC_ARN = /^arn:[\w-]+:sns:[a-z0-9-]+:(\d{12}):[\w-]+(\.fifo)?$/;

const topicArn = matching("the ARN of an SNS topic", TOPIC_ARN);

const instance = strict({ instanceId: nonEmptyString });
const COMMAND_OUTPUTS = ["runCommandId", "status", "output"];

/**
 * As of 2026-11-28. For optional inputs of a distribution, Image Builder uses the distribution
 * configuration:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html
 */
const STEP_ACTIONS: Readonly<Record<string, StepAction>> = {
  ApplyImageConfigurations: {
    inputs: strict({ distributedImages: list, configurations: configurations.optional() }),
    outputs: ["configuredImages"],
    types: ["distribution"],
    kind: "image",
    maxSeconds: 12 * HOUR,
  },
  BootstrapInstanceForContainer: {
    inputs: instance,
    outputs: COMMAND_OUTPUTS,
    kind: "container",
    maxSeconds: 12 * HOUR,
  },
  CollectImageMetadata: {
    inputs: instance,
    outputs: ["osVersion", "associationId"],
    kind: "image",
    maxSeconds: 12 * HOUR,
  },
  CollectImageScanFindings: {
    inputs: instance,
    outputs: COMMAND_OUTPUTS,
    types: ["test"],
    maxSeconds: 12 * HOUR,
  },
  CreateImage: {
    inputs: instance,
    outputs: ["imageId"],
    kind: "image",
    maxSeconds: 3 * DAY,
  },
  CreateImageFromIso: {
    inputs: instance,
    outputs: ["amiName", "snapshotId", "architecture"],
    kind: "image",
    platform: "Windows",
    maxSeconds: 12 * HOUR,
  },
  DistributeContainerImage: {
    inputs: instance,
    outputs: ["status", "succeededRegions", "failedRegions"],
    types: ["distribution"],
    kind: "container",
    maxSeconds: 12 * HOUR,
  },
  DistributeImage: {
    inputs: strict({ distributions: distributions.optional() }),
    outputs: ["distributedImages"],
    types: ["distribution"],
    kind: "image",
    maxSeconds: 12 * HOUR,
  },
  ExecuteComponents: {
    inputs: instance,
    outputs: COMMAND_OUTPUTS,
    types: ["build", "test"],
    maxSeconds: DAY,
  },
  ExecuteStateMachine: {
    inputs: strict({ stateMachineArn: nonEmptyString, input: payload.optional() }),
    // Assumed: errorMessage, error and cause, of a failed execution. No page documents them.
    outputs: ["executionArn", "output", "status", "errorMessage", "error", "cause"],
    maxSeconds: DAY,
  },
  LaunchInstance: {
    inputs: strict({
      waitFor: orExpression(oneOf("ssmAgent")),
      imageIdOverride: nonEmptyString.optional(),
      instanceTypesOverride: strings.optional(),
      healthCheck: orExpression(oneOf("RUNNING", "STATUS_CHECK_PASSED")).optional(),
    }),
    outputs: ["instanceId"],
    maxSeconds: 12 * HOUR,
  },
  ModifyImageAttributes: {
    inputs: strict({ distributedImages: list, attributes: attributes.optional() }),
    outputs: ["modifiedImages"],
    types: ["distribution"],
    kind: "image",
    maxSeconds: 3 * HOUR,
  },
  RegisterImage: {
    inputs: strict({
      architecture: nonEmptyString.optional(),
      blockDeviceMapping: list.optional(),
      bootMode: orExpression(oneOf("legacy-bios", "uefi", "uefi-preferred")).optional(),
      description: nonEmptyString.optional(),
      enaSupport: orExpression(boolean).optional(),
      imageLocation: nonEmptyString.optional(),
      imdsSupport: orExpression(oneOf("v2.0")).optional(),
      includeSnapshotTags: orExpression(boolean).optional(),
      kernelId: nonEmptyString.optional(),
      ramdiskId: nonEmptyString.optional(),
      rootDeviceName: nonEmptyString.optional(),
      sriovNetSupport: nonEmptyString.optional(),
      tpmSupport: orExpression(oneOf("v2.0")).optional(),
      uefiData: nonEmptyString.optional(),
      virtualizationType: orExpression(oneOf("hvm", "paravirtual")).optional(),
    }),
    outputs: ["imageId"],
    kind: "image",
    maxSeconds: 12 * HOUR,
  },
  RunCommand: {
    inputs: strict({
      instanceId: nonEmptyString,
      documentName: nonEmptyString,
      documentVersion: nonEmptyString.optional(),
      parameters: z
        .record(z.string(), strings, { error: "must be a map of lists of strings by name" })
        .optional(),
    }),
    outputs: COMMAND_OUTPUTS,
    maxSeconds: 12 * HOUR,
  },
  RunSysPrep: {
    inputs: instance,
    outputs: COMMAND_OUTPUTS,
    kind: "image",
    platform: "Windows",
    maxSeconds: 12 * HOUR,
  },
  SanitizeInstance: {
    inputs: instance,
    outputs: COMMAND_OUTPUTS,
    kind: "image",
    platform: "Linux",
    maxSeconds: 12 * HOUR,
  },
  TerminateInstance: {
    inputs: strict({
      instanceId: nonEmptyString,
      waitForTermination: orExpression(boolean).optional(),
    }),
    outputs: [],
    maxSeconds: 12 * HOUR,
  },
  WaitForAction: {
    inputs: strict({
      snsTopicArn: orExpression(topicArn).optional(),
      lambdaFunctionName: nonEmptyString.optional(),
      payload: payload.optional(),
    }),
    outputs: ["action", "reason"],
    maxSeconds: 7 * DAY,
  },
  WaitForSSMAgent: {
    inputs: instance,
    outputs: ["status"],
    maxSeconds: 3 * HOUR,
  },
};

export const STEP_ACTION_NAMES: readonly string[] = Object.keys(STEP_ACTIONS);

/** Returns a step action; `undefined` for a name that isn't in the table. */
export function stepActionOf(name: string): StepAction | undefined {
  return Object.hasOwn(STEP_ACTIONS, name) ? STEP_ACTIONS[name] : undefined;
}
