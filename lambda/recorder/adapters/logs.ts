import type { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Logs } from "../ports";

/** Number of lines that are read. A message has space for fewer. */
const LINES = 50;

/** Milliseconds for an answer. */
const TIMEOUT_MS = 10_000;

/** The settings of another client of the same Region: its credentials also sign requests here. */
type Settings = Pick<ImagebuilderClient["config"], "credentials" | "region" | "sha256">;

/** What CloudWatch Logs answers. */
interface Answer {
  readonly events?: readonly { readonly message?: string }[];
  readonly __type?: string;
  readonly message?: string;
}

/** Returns the address of CloudWatch Logs, or of the emulator that the SDK's variables name. */
function endpoint(region: string, variables: NodeJS.ProcessEnv): URL {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(
    variables["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] ??
      variables["AWS_ENDPOINT_URL"] ??
      `https://logs.${region}.${suffix}`,
  );
}

async function sign(settings: Settings, region: string, url: URL, body: string) {
  const signer = new SignatureV4({ ...settings, region, service: "logs" });
  return signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: "/",
    headers: {
      host: url.host,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "Logs_20140328.GetLogEvents",
    },
    body,
  });
}

/**
 * Calls CloudWatch Logs for the recorder: only GetLogEvents, without a client of the SDK.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function logsAdapter(settings: Settings): Logs {
  return {
    lastLines: async (logGroupName, logStreamName) => {
      const region = await settings.region();
      const url = endpoint(region, process.env);
      const input = { logGroupName, logStreamName, limit: LINES, startFromHead: false };
      const { headers, body } = await sign(settings, region, url, JSON.stringify(input));
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, { method: "POST", headers, body, signal });
      const answer: Answer = JSON.parse(await response.text());
      if (response.ok)
        return (answer.events ?? []).flatMap(({ message = "" }) => message.trimEnd().split("\n"));
      const name = answer.__type?.split("#").at(-1) ?? `HTTP ${response.status}`;
      if (name === "ResourceNotFoundException") return undefined;
      throw Object.assign(new Error(answer.message ?? name), { name });
    },
  };
}
