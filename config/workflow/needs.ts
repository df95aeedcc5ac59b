import type { Problem } from "../problems";
import type { Document } from "./schema";

/** Something that a step uses and that its role needs a right to. */
export interface Need {
  readonly kind: "document" | "function" | "stateMachine" | "parameter";
  /** Its name or ARN; or that of the workflow's parameter that holds it. */
  readonly value: { readonly text: string } | { readonly parameter: string };
}

/** Whose use AWS's own policy for these roles covers. */
const COVERED = /^(AWS-RunShellScript|AWS-RunPowerShellScript|AWSEC2-RunSysprep)$|^\/imagebuilder\//;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface Use {
  readonly kind: Need["kind"];
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
}

/** An input, by its key or by that with `.$` behind. */
const input = (kind: Need["kind"], inputs: unknown, key: string, path: readonly PropertyKey[]): Use[] => {
  if (!isMap(inputs)) return [];
  const dynamic = inputs[`${key}.$`];
  if (dynamic !== undefined) return [{ kind, path: [...path, `${key}.$`], value: `{{ ${dynamic} }}` }];
  return inputs[key] === undefined ? [] : [{ kind, path: [...path, key], value: inputs[key] }];
};

/** The SSM parameters that AMIs' ids are written to. */
const written = (inputs: unknown, path: readonly PropertyKey[]): Use[] => {
  const configurations = isMap(inputs) && Array.isArray(inputs["configurations"]) ? inputs["configurations"] : [];
  return configurations.flatMap((configuration, index) => {
    const at = [...path, "configurations", index, "ssmParameterConfigurations"];
    const parameters = isMap(configuration) ? configuration["ssmParameterConfigurations"] : undefined;
    if (Array.isArray(parameters))
      return parameters.flatMap((one, of) => input("parameter", one, "parameterName", [...at, of]));
    return input("parameter", parameters, "parameterName", at);
  });
};

const usesOf = ({ steps }: Document): Use[] =>
  steps.flatMap(({ action, inputs }, index) => {
    const path = ["steps", index, "inputs"];
    switch (action) {
      case "RunCommand":
        return input("document", inputs, "documentName", path);
      case "WaitForAction":
        return input("function", inputs, "lambdaFunctionName", path);
      case "ExecuteStateMachine":
        return input("stateMachine", inputs, "stateMachineArn", path);
      case "ApplyImageConfigurations":
        return written(inputs, path);
      default:
        return [];
    }
  });

/** What a document's steps need a right to; that must be known before they run. */
export const needsOf = (document: Document): { readonly needs: Need[]; readonly problems: Problem[] } => {
  const needs: Need[] = [];
  const problems: Problem[] = [];
  for (const { kind, path, value } of usesOf(document)) {
    const text = String(value);
    const [, parameter] = /^\{\{\s*\$\.parameters\.([\w-]+)\s*\}\}$/.exec(text) ?? [];
    if (parameter !== undefined) needs.push({ kind, value: { parameter } });
    else if (text.includes("{{"))
      problems.push({ path, message: "must be a text or a parameter: the execution role is given a right to it", got: text });
    else if (!COVERED.test(text)) needs.push({ kind, value: { text } });
  }
  return { needs, problems };
};

/** The value of a need where the workflow's parameters are those given; `undefined` where AWS's own policy covers it. */
export const neededBy = (
  { kind, value }: Need,
  parameters: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, unknown>>,
): Right | undefined => {
  const text = "text" in value ? value.text : String(parameters[value.parameter] ?? defaults[value.parameter] ?? "");
  return text === "" || COVERED.test(text) ? undefined : { kind, to: text };
};

/** A right that an execution role needs. */
export interface Right {
  readonly kind: Need["kind"];
  /** Name or ARN. */
  readonly to: string;
}
