/** The inputs of distribution steps with which a workflow gives AMIs to other accounts. */

import type { Path } from "../../problems";
import { isMap } from "../../raw-map";
import { asText } from "../raw-document";
import type { RawWorkflow } from "./steps";

/**
 * Inputs that give an AMI to others or encrypt it with another key, as of 2026-11-28:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html
 *
 * License configurations, tags and Fast Launch stay in the account of the image.
 */
const ACCESS_INPUTS = {
  targetAccountIds: "account",
  launchPermission: "account",
  /** The owner of a launch template. */
  accountId: "account",
  /** The owner of an SSM parameter. */
  amiAccountId: "account",
  kmsKeyId: "key",
  s3ExportConfiguration: "export",
} as const;

/** Inputs that contain the ones above. An expression for them hides what it gives to whom. */
const CONTAINING_INPUTS = [
  "distributions",
  "attributes",
  "configurations",
  "launchTemplateConfigurations",
  "ssmParameterConfigurations",
];

const ACTIONS = ["DistributeImage", "ModifyImageAttributes", "ApplyImageConfigurations"];

/** An input that gives AMIs to other accounts, or that may do so. */
export interface AccessInput {
  readonly name: string;
  readonly path: Path;
  /** Kind of the values. `unknown`: an expression for a list that can contain any input. */
  readonly kind: (typeof ACCESS_INPUTS)[keyof typeof ACCESS_INPUTS] | "unknown";
  /** The texts in its value. Expressions are as in the document. */
  readonly values: readonly string[];
}

/** Returns the inputs of distribution steps that give AMIs to other accounts. */
export function accessInputs({ steps }: RawWorkflow): AccessInput[] {
  return steps
    .filter(({ action }) => ACTIONS.includes(action))
    .flatMap(({ inputs, path }) => inputsIn(inputs, [...path, "inputs"]));
}

function inputsIn(value: unknown, path: Path): AccessInput[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => inputsIn(item, [...path, index]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, key];
    const name = key.replace(/\.\$$/, "");
    const values = textsOf(item);
    if (isAccessInput(name)) {
      const input = { name, path: at, kind: ACCESS_INPUTS[name], values };
      return values.length > 0 ? [input] : [];
    }
    if (CONTAINING_INPUTS.includes(name) && typeof item === "string")
      return [{ name, path: at, kind: "unknown" as const, values }];
    return name === "amiTags" ? [] : inputsIn(item, at);
  });
}

function isAccessInput(name: string): name is keyof typeof ACCESS_INPUTS {
  return Object.hasOwn(ACCESS_INPUTS, name);
}

/** Returns the scalars in a value, as texts. */
function textsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return value === null ? [] : [asText(value)];
  return Object.values(value).flatMap(textsOf);
}
