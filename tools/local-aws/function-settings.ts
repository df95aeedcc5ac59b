import type { Answer, Next, Request } from "./proxy";

/** What moto forgets of a function. */
const FORGOTTEN = ["DeadLetterConfig", "LoggingConfig"];

type Json = Record<string, unknown>;

/**
 * Remembers of Lambda's functions what moto forgets, and puts it into what moto answers. Functions are run by `invoke`, because moto would
 * need Docker for it.
 */
export function functionSettings(
  invoke: (event: unknown) => Promise<unknown>,
): (request: Request, next: Next) => Promise<Answer> {
  const settings = new Map<string, Json>();
  const withSettings = (configuration: Json): Json => ({
    ...configuration,
    ...settings.get(String(configuration["FunctionArn"])),
  });
  return async (request, next) => {
    if (request.url.pathname.endsWith("/invocations"))
      return {
        status: 200,
        headers: {},
        body: JSON.stringify(await invoke(JSON.parse(request.body.toString()))),
      };
    const answer = await next(request);
    if (
      answer.status >= 300 ||
      !/\/functions(\/[^/]+(\/configuration)?)?$/.test(request.url.pathname)
    )
      return answer;
    const output: Json = answer.body.length > 0 ? JSON.parse(answer.body.toString()) : {};
    if (request.method !== "GET" && request.method !== "DELETE") {
      const input: Json = JSON.parse(request.body.toString());
      const kept = FORGOTTEN.flatMap((name) => (name in input ? [[name, input[name]]] : []));
      const arn = String(output["FunctionArn"]);
      settings.set(arn, { ...settings.get(arn), ...Object.fromEntries(kept) });
    }
    const configuration = output["Configuration"] as Json | undefined;
    const full = configuration
      ? { ...output, Configuration: withSettings(configuration) }
      : withSettings(output);
    return { ...answer, body: JSON.stringify(full) };
  };
}
