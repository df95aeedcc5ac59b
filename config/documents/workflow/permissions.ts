import type { Problem } from "../../problems";
import { asText, isMap } from "../raw";
import type { Path, RawWorkflow } from "./steps";

/** Something that a step uses and that its role needs a right to. */
export interface RequiredPermission {
  readonly kind: "document" | "function" | "stateMachine" | "parameter";
  /** Its name or ARN; or that of the workflow's parameter that holds it. */
  readonly value: { readonly text: string } | { readonly parameter: string };
}

/** A right that an execution role needs. */
export interface Permission {
  readonly kind: RequiredPermission["kind"];
  /** Name or ARN. */
  readonly target: string;
}

/** What AWS's own policy for these roles covers. */
const COVERED: Readonly<Partial<Record<RequiredPermission["kind"], RegExp>>> = {
  document: /^(AWS-RunShellScript|AWS-RunPowerShellScript|AWSEC2-RunSysprep)$/,
  parameter: /^\/imagebuilder\//,
};

/** What can be named: a right to a pattern would be to more. */
const FORMS: Readonly<
  Record<RequiredPermission["kind"], { readonly pattern: RegExp; readonly what: string }>
> = {
  document: {
    pattern: /^((?!arn:)[\w.-]{3,128}|arn:[\w-]+:ssm:[a-z0-9-]+:\d*:document\/[\w./-]+)$/,
    what: "the name or ARN of a document",
  },
  function: {
    pattern: /^([\w-]{1,140}|arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+)(:[\w$-]+)?$/,
    what: "the name or ARN of a function",
  },
  stateMachine: {
    pattern: /^arn:[\w-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[\w.+@()='-]{1,80}(:[\w.-]+)?$/,
    what: "the ARN of a state machine",
  },
  parameter: { pattern: /^\/?[\w.-]+(\/[\w.-]+)*$/, what: "the name of an SSM parameter" },
};

interface Use {
  readonly kind: RequiredPermission["kind"];
  readonly path: Path;
  readonly value: unknown;
  /** Whether that is all of a list, of which nothing is known before it runs. */
  readonly isList?: boolean;
}

/** An input, by its key or by that with `.$` behind. */
function input(kind: RequiredPermission["kind"], inputs: unknown, key: string, path: Path): Use[] {
  if (!isMap(inputs)) return [];
  const dynamic = inputs[`${key}.$`];
  if (dynamic !== undefined)
    return [{ kind, path: [...path, `${key}.$`], value: `{{ ${asText(dynamic)} }}` }];
  return inputs[key] === undefined ? [] : [{ kind, path: [...path, key], value: inputs[key] }];
}

function hiddenList(inputs: unknown, key: string, path: Path): Use[] {
  return input("parameter", inputs, key, path)
    .filter(({ value }) => typeof value === "string")
    .map((use) => ({ ...use, isList: true }));
}

/** The SSM parameters that AMIs' ids are written to; or where it can't be seen which. */
function written(inputs: unknown, path: Path): Use[] {
  const hidden = hiddenList(inputs, "configurations", path);
  const configurations =
    isMap(inputs) && Array.isArray(inputs["configurations"]) ? inputs["configurations"] : [];
  const named = configurations.flatMap((configuration, index) => {
    const at = [...path, "configurations", index];
    const parameters = isMap(configuration)
      ? configuration["ssmParameterConfigurations"]
      : undefined;
    const all = Array.isArray(parameters) ? parameters : [parameters];
    const inAll = [...at, "ssmParameterConfigurations"];
    return [
      ...hiddenList(configuration, "ssmParameterConfigurations", at),
      ...all.flatMap((one, of) =>
        input("parameter", one, "parameterName", [
          ...inAll,
          ...(Array.isArray(parameters) ? [of] : []),
        ]),
      ),
    ];
  });
  return [...hidden, ...named];
}

function usesOf({ steps }: RawWorkflow): Use[] {
  return steps.flatMap(({ action, inputs, path }) => {
    const at = [...path, "inputs"];
    switch (action) {
      case "RunCommand":
        return input("document", inputs, "documentName", at);
      case "WaitForAction":
        return input("function", inputs, "lambdaFunctionName", at);
      case "ExecuteStateMachine":
        return input("stateMachine", inputs, "stateMachineArn", at);
      case "ApplyImageConfigurations":
        return written(inputs, at);
      default:
        return [];
    }
  });
}

/** What a document's steps need a right to; that must be known before they run. */
export function requiredPermissionsOf(workflow: RawWorkflow): {
  readonly needs: RequiredPermission[];
  readonly problems: Problem[];
} {
  const needs: RequiredPermission[] = [];
  const problems: Problem[] = [];
  for (const { kind, path, value, isList } of usesOf(workflow)) {
    const text = asText(value);
    const { pattern, what } = FORMS[kind];
    const [, parameter] = /^\{\{\s*\$\.parameters\.([\w-]+)\s*\}\}$/.exec(text) ?? [];
    if (parameter !== undefined && !isList) needs.push({ kind, value: { parameter } });
    else if (text.includes("{{") || isList)
      problems.push({
        path,
        message: "must be a text or a parameter: the execution role is given a right to it",
        got: text,
      });
    // What is no text at all is reported as that.
    else if (text !== "" && !pattern.test(text))
      problems.push({ path, message: `must be ${what}`, got: text });
    else if (!COVERED[kind]?.test(text)) needs.push({ kind, value: { text } });
  }
  return { needs, problems };
}

/** What a parameter of a workflow is: that which is given, or its default. */
export function parameterValue(
  name: string,
  given: Readonly<Record<string, string | undefined>>,
  declared: readonly { readonly name: string; readonly default?: unknown }[],
): string {
  const fallback = declared.find((parameter) => parameter.name === name)?.default;
  return String((Object.hasOwn(given, name) ? given[name] : fallback) ?? "");
}

/** The right to what a need comes to; `undefined` where AWS's own policy covers it. */
export function permissionFor(
  { kind, value }: RequiredPermission,
  given: Readonly<Record<string, string | undefined>>,
  declared: readonly { readonly name: string; readonly default?: unknown }[],
): Permission | undefined {
  const to = "text" in value ? value.text : parameterValue(value.parameter, given, declared);
  return to === "" || COVERED[kind]?.test(to) ? undefined : { kind, target: to };
}

/** What is wrong with what a right is to. */
export function permissionProblem({ kind, target: to }: Permission): string | undefined {
  return FORMS[kind].pattern.test(to) ? undefined : `must be ${FORMS[kind].what}`;
}
