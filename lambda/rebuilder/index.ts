import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { S3Client } from "@aws-sdk/client-s3";
import { parseFunctionEnvironment } from "../../contract/function-environment";
import { REBUILDER_METRICS } from "../../contract/metrics";
import { parseRebuilderManifest } from "../../contract/rebuilder-manifest";
import { CLIENT_CONFIG } from "../common/client";
import { deadlineOf, type InvocationContext } from "../common/deadline";
import { manifestAdapter } from "../common/manifest";
import { remembered } from "../common/remembered";
import { imageBuilderAdapter } from "./adapters/image-builder";
import { rebuild } from "./rebuild";
import { reportTo } from "./report";

const { home, manifest } = parseFunctionEnvironment(process.env);
const { namespace, service: serviceName } = REBUILDER_METRICS;
const report = reportTo(new Logger({ serviceName }), new Metrics({ namespace, serviceName }));
const imageBuilder = imageBuilderAdapter(new ImagebuilderClient(CLIENT_CONFIG));

/** The manifest is immutable: another one has another key, and so is another environment. */
const loadManifest = remembered(
  manifestAdapter(new S3Client(CLIENT_CONFIG), manifest, parseRebuilderManifest).read,
);

/**
 * Handles an invocation of the rebuilder: checks every image, and starts the builds that are due.
 *
 * Schedules invoke it, and events of RAM and Image Builder. An event can be lost, late or forged,
 * so it is only a reason to look.
 */
export async function handler(_event: unknown, context: InvocationContext): Promise<void> {
  const aws = { home, imageBuilder, now: Date.now, deadline: deadlineOf(context) };
  report(await rebuild(aws, await loadManifest()));
}
