import { type Permission, RESOURCES, type ResourceKind } from "../../aws/workflow-permissions";
import type { Path, Problem } from "../../problems";
import { isMap } from "../../raw-map";
import { asText } from "../raw-document";
import type { RawStep, RawWorkflow } from "./steps";

/** Name or ARN of a resource, or the parameter of the workflow that contains it. */
export type ResourceName = { readonly text: string } | { readonly parameter: string };

/** A resource that a step uses, for which the execution role needs permission. */
export interface RequiredPermission {
  readonly kind: ResourceKind;
  readonly value: ResourceName;
}

interface ResourceInput {
  readonly kind: ResourceKind;
  readonly path: Path;
  readonly value: unknown;
  /** Whether the value is an expression for a list of resources. @default false */
  readonly isWholeList?: boolean;
}

function resourceInputs({ action, inputs, path: step }: RawStep): ResourceInput[] {
  const path = [...step, "inputs"];
  switch (action) {
    case "RunCommand":
      return resourceInput("document", inputs, "documentName", path);
    case "WaitForAction":
      return resourceInput("function", inputs, "lambdaFunctionName", path);
    case "ExecuteStateMachine":
      return resourceInput("stateMachine", inputs, "stateMachineArn", path);
    case "ApplyImageConfigurations":
      return writtenParameters(inputs, path);
    default:
      return [];
  }
}

/** Returns the input `key`, or else `key.$`. */
function resourceInput(
  kind: ResourceKind,
  inputs: unknown,
  key: string,
  path: Path,
): ResourceInput[] {
  if (!isMap(inputs)) return [];
  const dynamicKey = `${key}.$`;
  const given = inputs[dynamicKey] === undefined ? key : dynamicKey;
  return inputValue(inputs, key).map((value) => ({ kind, path: [...path, given], value }));
}

/**
 * Returns the input `key`, or else `key.$` as an expression. Returns nothing if neither is given.
 */
function inputValue(inputs: unknown, key: string): unknown[] {
  if (!isMap(inputs)) return [];
  const dynamic = inputs[`${key}.$`];
  if (dynamic !== undefined) return [`{{ ${asText(dynamic)} }}`];
  return inputs[key] === undefined ? [] : [inputs[key]];
}

/** Returns the SSM parameters to which a distribution writes AMI IDs. */
function writtenParameters(inputs: unknown, path: Path): ResourceInput[] {
  return [
    ...wholeList(inputs, "configurations", path),
    ...itemsIn(inputs, "configurations", path).flatMap((configuration) => [
      ...wholeList(configuration.item, "ssmParameterConfigurations", configuration.path),
      ...itemsIn(configuration.item, "ssmParameterConfigurations", configuration.path).flatMap(
        ({ item, path: parameter }) => resourceInput("parameter", item, "parameterName", parameter),
      ),
    ]),
  ];
}

/** Returns the list `key` of SSM parameters if it is given as an expression. */
function wholeList(inputs: unknown, key: string, path: Path): ResourceInput[] {
  return resourceInput("parameter", inputs, key, path)
    .filter(({ value }) => typeof value === "string")
    .map((list) => ({ ...list, isWholeList: true }));
}

/** Returns the items of the list `key`. One item alone is also accepted. */
function itemsIn(inputs: unknown, key: string, path: Path): { item: unknown; path: Path }[] {
  const value = isMap(inputs) ? inputs[key] : undefined;
  if (!Array.isArray(value)) return [{ item: value, path: [...path, key] }];
  return value.map((item, index) => ({ item, path: [...path, key, index] }));
}

/** Returns the parameter that is the whole of a text such as `{{ $.parameters.NAME }}`. */
function parameterIn(text: string): string | undefined {
  return /^\{\{\s*\$\.parameters\.([\w-]+)\s*\}\}$/.exec(text)?.[1];
}

function isCovered(kind: ResourceKind, target: string): boolean {
  return RESOURCES[kind].covered?.test(target) ?? false;
}

/**
 * Reports resources for which no permission can be given: their names must be known before the
 * build.
 */
export function resourceProblems({ steps }: RawWorkflow): Problem[] {
  return steps.flatMap(resourceInputs).flatMap((input) => resourceProblem(input) ?? []);
}

function resourceProblem({ kind, path, value, isWholeList }: ResourceInput): Problem | undefined {
  const got = asText(value);
  const isParameter = parameterIn(got) !== undefined;
  if (isWholeList || (got.includes("{{") && !isParameter)) {
    const message =
      "must be a name or a parameter: the execution role needs permission before the step runs";
    return { path, message, got };
  }
  // The schema reports values that aren't strings.
  if (isParameter || got === "") return undefined;
  const message = permissionProblem({ kind, target: got });
  return message === undefined ? undefined : { path, message, got };
}

/** Returns the resources for which the execution role of a valid document needs permission. */
export function requiredPermissions({ steps }: RawWorkflow): RequiredPermission[] {
  return steps.flatMap(resourceInputs).flatMap(({ kind, value }): RequiredPermission[] => {
    const name = resourceName(value);
    return "text" in name && isCovered(kind, name.text) ? [] : [{ kind, value: name }];
  });
}

function resourceName(value: unknown): ResourceName {
  const text = asText(value);
  const parameter = parameterIn(text);
  return parameter === undefined ? { text } : { parameter };
}

/** Returns the SNS topics to which steps publish. */
export function topicsOf({ steps }: RawWorkflow): ResourceName[] {
  return steps
    .filter(({ action }) => action === "WaitForAction")
    .flatMap(({ inputs }) => inputValue(inputs, "snsTopicArn"))
    .map(resourceName);
}

type Values = Readonly<Record<string, string | undefined>>;
type Parameters = readonly { readonly name: string; readonly default?: unknown }[];

/**
 * Returns the name or ARN of a resource, with the values that an image gives the workflow's
 * parameters: the given value, or else the default. Returns an empty string if there is neither.
 */
export function resourceTarget(value: ResourceName, given: Values, declared: Parameters): string {
  if ("text" in value) return value.text;
  const { parameter: name } = value;
  const used = Object.hasOwn(given, name)
    ? given[name]
    : declared.find((parameter) => parameter.name === name)?.default;
  return String(used ?? "");
}

/**
 * Returns the permission for a resource, with the values that an image gives the workflow's
 * parameters. Returns `undefined` if AWS's managed policy covers it, or if the parameter has no
 * value.
 */
export function permissionFor(
  { kind, value }: RequiredPermission,
  given: Values,
  declared: Parameters,
): Permission | undefined {
  const target = resourceTarget(value, given, declared);
  return target === "" || isCovered(kind, target) ? undefined : { kind, target };
}

/** Returns what the target of a permission must be, if it isn't. */
export function permissionProblem({ kind, target }: Permission): string | undefined {
  const { pattern, description } = RESOURCES[kind];
  return pattern.test(target) ? undefined : `must be ${description}`;
}
