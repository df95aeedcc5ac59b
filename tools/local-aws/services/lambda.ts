import type { Invocation } from "../functions/function";
import { restJson, type Service } from "../protocol/emulator";
import { Fault } from "../protocol/rest-json";

/**
 * Lambda with the operations Invoke and GetFunctionConfiguration only. `run` runs the function of a
 * Region; `environment` returns its environment variables.
 */
export function lambda(
  run: (event: unknown, region: string) => Promise<Invocation<unknown>>,
  environment: (region: string) => Readonly<Record<string, string>>,
): Service {
  return {
    ...restJson(
      "lambda",
      (method, url, body) => {
        const [, name, resource] =
          /\/functions\/([^/]+)\/(invocations|configuration)$/.exec(
            new URL(url, "http://localhost").pathname,
          ) ?? [];
        if (method === "POST" && resource === "invocations")
          return { operation: "Invoke", input: { name, event: JSON.parse(body) } };
        if (method === "GET" && resource === "configuration")
          return { operation: "GetFunctionConfiguration", input: { name } };
        throw new Fault("NotImplementedException", `${method} ${url} is not emulated`, 501);
      },
      {
        Invoke: async ({ event }, { region }) => run(event, region),
        GetFunctionConfiguration: (_input, { region }) => ({
          Environment: { Variables: environment(region) },
        }),
      },
    ),
    write: (operation, output) => {
      if (operation !== "Invoke") return JSON.stringify(output);
      const { result, error } = output as Invocation<unknown>;
      return JSON.stringify(
        error ? { errorType: error.name, errorMessage: error.message } : result,
      );
    },
    headers: (output): Record<string, string> =>
      (output as Invocation<unknown>).error ? { "X-Amz-Function-Error": "Unhandled" } : {},
  };
}
