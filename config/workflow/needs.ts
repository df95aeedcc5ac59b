import { isMap } from "../document/steps";
import type { Problem } from "../problems";
import type { Path, RawWorkflow } from "./steps";

/** Something that a step uses and that its role needs a right to. */
export interface Need {
  readonly kind: "document" | "function" | "stateMachine" | "parameter";
  /** Its name or ARN; or that of the workflow's parameter that holds it. */
  readonly value: { readonly text: string } | { readonly parameter: string };
}

/** A right that an execution role needs. */
export interface Right {
  readonly kind: Need["kind"];
  /** Name or ARN. */
  readonly to: string;
}

/** Whose use AWS's own policy for these roles covers. */
const COVERED = /^(AWS-RunShellScript|AWS-RunPowerShellScript|AWSEC2-RunSysprep)$|^\/imagebuilder\//;

interface Use {
  readonly kind: Need["kind"];
  readonly path: Path;
  readonly value: unknown;
}

/** An input, by its key or by that with `.$` behind. */
const input = (kind: Need["kind"], inputs: unknown, key: string, path: Path): Use[] => {
  if (!isMap(inputs)) return [];
  const dynamic = inputs[`${key}.$`];
  if (dynamic !== undefined) return [{ kind, path: [...path, `${key}.$`], value: `{{ ${dynamic} }}` }];
  return inputs[key] === undefined ? [] : [{ kind, path: [...path, key], value: inputs[key] }];
};

/** The SSM parameters that AMIs' ids are written to; or where it can't be seen which. */
const written = (inputs: unknown, path: Path): Use[] => {
  const hidden = input("parameter", inputs, "configurations", path).filter(({ value }) => typeof value === "string");
  const configurations = isMap(inputs) && Array.isArray(inputs["configurations"]) ? inputs["configurations"] : [];
  const named = configurations.flatMap((configuration, index) => {
    const at = [...path, "configurations", index];
    const parameters = isMap(configuration) ? configuration["ssmParameterConfigurations"] : undefined;
    const all = Array.isArray(parameters) ? parameters : [parameters];
    const inAll = [...at, "ssmParameterConfigurations"];
    return [
      ...input("parameter", configuration, "ssmParameterConfigurations", at).filter(({ value }) => typeof value === "string"),
      ...all.flatMap((one, of) =>
        input("parameter", one, "parameterName", [...inAll, ...(Array.isArray(parameters) ? [of] : [])]),
      ),
    ];
  });
  return [...hidden, ...named];
};

const usesOf = ({ steps }: RawWorkflow): Use[] =>
  steps.flatMap(({ action, inputs, path }) => {
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

const MACHINE = /^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:/;

const isMachine = ({ kind }: Pick<Right, "kind">, text: string): boolean => kind !== "stateMachine" || MACHINE.test(text);

/** What a document's steps need a right to; that must be known before they run. */
export const needsOf = (workflow: RawWorkflow): { readonly needs: Need[]; readonly problems: Problem[] } => {
  const needs: Need[] = [];
  const problems: Problem[] = [];
  for (const { kind, path, value } of usesOf(workflow)) {
    const text = String(value);
    const [, parameter] = /^\{\{\s*\$\.parameters\.([\w-]+)\s*\}\}$/.exec(text) ?? [];
    const isList = String(path.at(-1)).startsWith("configurations") || String(path.at(-1)).startsWith("ssmParameter");
    if (parameter !== undefined && !isList) needs.push({ kind, value: { parameter } });
    else if (text.includes("{{") || isList)
      problems.push({ path, message: "must be a text or a parameter: the execution role is given a right to it", got: text });
    else if (!isMachine({ kind }, text)) problems.push({ path, message: "must be the ARN of a state machine", got: text });
    else if (!COVERED.test(text)) needs.push({ kind, value: { text } });
  }
  return { needs, problems };
};

/** What a parameter of a workflow is: that which is given, or its default. */
export const parameterValue = (
  name: string,
  given: Readonly<Record<string, string | undefined>>,
  declared: readonly { readonly name: string; readonly default?: unknown }[],
): string => {
  const fallback = declared.find((parameter) => parameter.name === name)?.default;
  return String((Object.hasOwn(given, name) ? given[name] : fallback) ?? "");
};

/** The right to what a need comes to; `undefined` where AWS's own policy covers it. */
export const rightTo = (
  { kind, value }: Need,
  given: Readonly<Record<string, string | undefined>>,
  declared: readonly { readonly name: string; readonly default?: unknown }[],
): Right | undefined => {
  const to = "text" in value ? value.text : parameterValue(value.parameter, given, declared);
  return to === "" || COVERED.test(to) ? undefined : { kind, to };
};

/** Whether a right is to what it may be to: a state machine is named by its ARN. */
export const isNamed = (right: Right): boolean => isMachine(right, right.to);
