import * as z from "zod";
import { strict } from "../schema/primitives";
import type { Platform } from "./base-images";

/**
 * The step actions of workflows, their inputs and what they leave behind.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html
 */

export const WORKFLOW_TYPES = ["build", "test", "distribution"] as const;
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

/** What comes of a recipe. */
export type ImageKind = "image" | "container";

export interface Action {
  /** Of its inputs, with `{{ … }}` for those that are known when the step runs. @default - it takes none */
  readonly inputs: z.ZodType;
  readonly outputs: readonly string[];
  /** @default - all */
  readonly types?: readonly WorkflowType[];
  /** @default - both */
  readonly kind?: ImageKind;
  /** @default - any */
  readonly platform?: Platform;
  readonly maxSeconds: number;
}

export function isExpression(value: unknown): boolean {
  return typeof value === "string" && /\{\{.*\}\}/s.test(value);
}

const text = z.string({ error: "must be a text" }).min(1, "must not be empty");
function orExpression<T extends z.ZodType>(schema: T, error: string) {
  return z
    .unknown()
    .refine((value) => isExpression(value) || schema.safeParse(value).success, error);
}
const flag = orExpression(z.boolean(), "must be true or false");
function oneOf(...names: string[]) {
  return orExpression(z.enum(names as [string, ...string[]]), `must be ${names.join(" or ")}`);
}
const texts = orExpression(z.array(z.string()).min(1), "must be a list of texts");
/** Whose own parts the service's API documents, and Terraform doesn't see. */
const list = orExpression(z.array(z.unknown()).min(1), "must be a list of at least one");

const MOST_PAYLOAD = 16 * 1_024;
const payload = text.refine(
  (value) => Buffer.byteLength(value) <= MOST_PAYLOAD,
  `must have at most ${MOST_PAYLOAD} bytes`,
);

const HOURS = 3_600;
const HALF_A_DAY = 12 * HOURS;
const DAY = 24 * HOURS;

const onInstance = { inputs: strict({ instanceId: text }), maxSeconds: HALF_A_DAY };
const COMMAND = ["runCommandId", "status", "output"];
const AMI = "image";

const ACTIONS: Readonly<Record<string, Action>> = {
  ApplyImageConfigurations: {
    inputs: strict({ distributedImages: list, configurations: list }),
    outputs: ["configuredImages"],
    types: ["distribution"],
    kind: AMI,
    maxSeconds: HALF_A_DAY,
  },
  BootstrapInstanceForContainer: { ...onInstance, outputs: COMMAND, kind: "container" },
  CollectImageMetadata: { ...onInstance, outputs: ["osVersion", "associationId"], kind: AMI },
  CollectImageScanFindings: { ...onInstance, outputs: COMMAND, types: ["test"] },
  CreateImage: { ...onInstance, outputs: ["imageId"], kind: AMI, maxSeconds: 3 * DAY },
  CreateImageFromIso: {
    ...onInstance,
    outputs: ["amiName", "snapshotId", "architecture"],
    kind: AMI,
    platform: "Windows",
  },
  DistributeContainerImage: {
    ...onInstance,
    outputs: ["status", "succeededRegions", "failedRegions"],
    types: ["distribution"],
    kind: "container",
  },
  DistributeImage: {
    inputs: strict({ distributions: list.optional() }),
    outputs: ["distributedImages"],
    types: ["distribution"],
    kind: AMI,
    maxSeconds: HALF_A_DAY,
  },
  ExecuteComponents: { ...onInstance, outputs: COMMAND, types: ["build", "test"], maxSeconds: DAY },
  ExecuteStateMachine: {
    inputs: strict({ stateMachineArn: text, input: payload.optional() }),
    // The last three, of one that failed, are documented nowhere.
    outputs: ["executionArn", "output", "status", "errorMessage", "error", "cause"],
    maxSeconds: DAY,
  },
  LaunchInstance: {
    inputs: strict({
      waitFor: oneOf("ssmAgent"),
      imageIdOverride: text.optional(),
      instanceTypesOverride: texts.optional(),
      healthCheck: oneOf("RUNNING", "STATUS_CHECK_PASSED").optional(),
    }),
    outputs: ["instanceId"],
    maxSeconds: HALF_A_DAY,
  },
  ModifyImageAttributes: {
    inputs: strict({ distributedImages: list, attributes: list }),
    outputs: ["modifiedImages"],
    types: ["distribution"],
    kind: AMI,
    maxSeconds: 3 * HOURS,
  },
  RegisterImage: {
    inputs: strict({
      architecture: text.optional(),
      blockDeviceMapping: list.optional(),
      bootMode: oneOf("legacy-bios", "uefi", "uefi-preferred").optional(),
      description: text.optional(),
      enaSupport: flag.optional(),
      imageLocation: text.optional(),
      imdsSupport: oneOf("v2.0").optional(),
      includeSnapshotTags: flag.optional(),
      kernelId: text.optional(),
      ramdiskId: text.optional(),
      rootDeviceName: text.optional(),
      sriovNetSupport: text.optional(),
      tpmSupport: oneOf("v2.0").optional(),
      uefiData: text.optional(),
      virtualizationType: oneOf("hvm", "paravirtual").optional(),
    }),
    outputs: ["imageId"],
    kind: AMI,
    maxSeconds: HALF_A_DAY,
  },
  RunCommand: {
    inputs: strict({
      instanceId: text,
      documentName: text,
      documentVersion: text.optional(),
      parameters: z
        .record(z.string(), texts, { error: "must be lists of texts by name" })
        .optional(),
    }),
    outputs: COMMAND,
    maxSeconds: HALF_A_DAY,
  },
  RunSysPrep: { ...onInstance, outputs: COMMAND, kind: AMI, platform: "Windows" },
  SanitizeInstance: { ...onInstance, outputs: COMMAND, kind: AMI, platform: "Linux" },
  TerminateInstance: {
    ...onInstance,
    inputs: strict({ instanceId: text, waitForTermination: flag.optional() }),
    outputs: [],
  },
  WaitForAction: {
    inputs: strict({
      snsTopicArn: orExpression(
        z.string().regex(/^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/),
        "must be the ARN of a topic",
      ).optional(),
      lambdaFunctionName: text.optional(),
      payload: payload.optional(),
    }),
    outputs: ["action", "reason"],
    maxSeconds: 7 * DAY,
  },
  WaitForSSMAgent: { ...onInstance, outputs: ["status"], maxSeconds: 3 * HOURS },
};

export const STEP_ACTIONS = Object.keys(ACTIONS);

export function stepActionOf(name: string): Action | undefined {
  return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
}
