/** Runs the updater from its sources, in this process. */
import { required } from "../../../contract/required";
import { parseEnvironment } from "../../../contract/updater-environment";
import { CLIENT_CONFIG } from "../../../lambda/common/client";
import { createHandler } from "../../../lambda/share-updater/handler";
import type { RunResult } from "../../../lambda/share-updater/reconcile";
import { silentReport } from "../../fixtures/silent-report";
import type { Environment } from "../account";
import type { Clock } from "../clock";
import type { Invocation } from "./function";

const TIMEOUT_MS = 900_000;

export type Updater = (event: unknown) => Promise<Invocation<RunResult>>;

/** @param environment all environment variables of the function */
export function createUpdater(environment: Environment, { now, sleep }: Clock): Updater {
  const config = {
    ...CLIENT_CONFIG,
    region: environment["AWS_REGION"],
    // The local AWS has one endpoint.
    endpoint: environment["AWS_ENDPOINT_URL_RAM"],
    credentials: {
      accessKeyId: required(environment["AWS_ACCESS_KEY_ID"], "AWS_ACCESS_KEY_ID"),
      secretAccessKey: required(environment["AWS_SECRET_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY"),
    },
  };
  const handler = createHandler(parseEnvironment(environment), silentReport, config, {
    now,
    sleep,
  });
  return async (event) => {
    const end = now() + TIMEOUT_MS;
    try {
      const result = await handler(event, { getRemainingTimeInMillis: () => end - now() });
      return { result, log: [] };
    } catch (error) {
      const { name, message } = error as Error;
      return { error: { name, message }, log: [] };
    }
  };
}
