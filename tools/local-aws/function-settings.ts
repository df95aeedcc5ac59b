/** Corrects moto's Lambda where it differs from AWS in a way that the stacks need. */
import type { Answer, Next, Request } from "./proxy";

/** Settings of a function that moto doesn't return. */
const UNSUPPORTED_SETTINGS = ["DeadLetterConfig", "LoggingConfig"];

type Json = Record<string, unknown>;

/**
 * Returns a handler between Lambda's clients and moto. It remembers the settings that moto drops
 * and adds them to moto's responses. `invoke` runs functions, because moto needs Docker for that.
 */
export function functionSettings(
  invoke: (event: unknown) => Promise<unknown>,
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
    if (url.pathname.endsWith("/invocations")) {
      const result = await invoke(JSON.parse(body.toString()));
      return { status: 200, headers: {}, body: JSON.stringify(result) };
    }
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
