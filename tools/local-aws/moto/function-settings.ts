/** Corrects moto's Lambda where it differs from AWS in a way that the stacks need. */
import type { Invocation } from "../functions/function";
import type { Answer, Next, Request } from "../protocol/forward";
import { signatureOf } from "../terraform/terraform-calls";

/** Settings of a function that moto doesn't return. */
const UNSUPPORTED_SETTINGS = ["DeadLetterConfig", "LoggingConfig"];

type Json = Record<string, unknown>;

/** An invocation of a function. */
export interface FunctionEvent {
  readonly name: string;
  readonly region: string;
  readonly event: unknown;
}

async function answerInvocation(
  request: Request,
  invoke: (event: FunctionEvent) => Promise<Invocation<unknown>>,
): Promise<Answer> {
  const [, name = ""] = /\/functions\/([^/]+)\/invocations$/.exec(request.url.pathname) ?? [];
  const { region } = signatureOf(request);
  const { result, error } = await invoke({
    name,
    region,
    event: JSON.parse(request.body.toString()),
  });
  if (!error) return { status: 200, headers: {}, body: JSON.stringify(result) };
  return {
    status: 200,
    headers: { "X-Amz-Function-Error": "Unhandled" },
    body: JSON.stringify({ errorType: error.name, errorMessage: error.message }),
  };
}

/**
 * Creates event source mappings as disabled ones, and returns them as enabled ones. Otherwise moto
 * would deliver each message to the function in Docker, which fails.
 */
async function answerMapping(request: Request, next: Next): Promise<Answer> {
  const { method, body } = request;
  const isChange = method === "POST" || method === "PUT";
  const disabled = (): Buffer =>
    Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), Enabled: false }));
  const answer = await next(isChange ? { ...request, body: disabled() } : request);
  const text = answer.body.toString().replace(/"State": ?"Disabled"/g, '"State": "Enabled"');
  return { ...answer, body: text };
}

/** Limits of an account, of which there is only this one. */
function accountSettings(concurrency: number): Answer {
  const AccountLimit = { UnreservedConcurrentExecutions: concurrency };
  return { status: 200, headers: {}, body: JSON.stringify({ AccountLimit }) };
}

/**
 * Returns a handler between Lambda's clients and moto. It remembers the settings that moto drops
 * and adds them to moto's responses. `invoke` runs functions, because moto needs Docker for that.
 * `concurrency` returns how many functions of an account can run at the same time.
 */
export function functionSettings(
  invoke: (event: FunctionEvent) => Promise<Invocation<unknown>>,
  concurrency: () => number,
): (request: Request, next: Next) => Promise<Answer> {
  const settings = new Map<string, Json>();
  const withSettings = (configuration: Json): Json => ({
    ...configuration,
    ...settings.get(String(configuration["FunctionArn"])),
  });
  const remember = (arn: string, input: Json): void => {
    const given = UNSUPPORTED_SETTINGS.filter((name) => name in input);
    const added = Object.fromEntries(given.map((name) => [name, input[name]]));
    settings.set(arn, { ...settings.get(arn), ...added });
  };
  return async (request, next) => {
    const { method, url, body } = request;
    if (url.pathname.endsWith("/account-settings")) return accountSettings(concurrency());
    if (url.pathname.endsWith("/invocations")) return answerInvocation(request, invoke);
    if (url.pathname.includes("/event-source-mappings")) return answerMapping(request, next);
    const answer = await next(request);
    const isConfiguration = /\/functions(\/[^/]+(\/configuration)?)?$/.test(url.pathname);
    if (answer.status >= 300 || !isConfiguration) return answer;
    const output: Json = answer.body.length > 0 ? JSON.parse(answer.body.toString()) : {};
    if (method !== "GET" && method !== "DELETE")
      remember(String(output["FunctionArn"]), JSON.parse(body.toString()));
    const configuration = output["Configuration"] as Json | undefined;
    const complete = configuration
      ? { ...output, Configuration: withSettings(configuration) }
      : withSettings(output);
    return { ...answer, body: JSON.stringify(complete) };
  };
}
