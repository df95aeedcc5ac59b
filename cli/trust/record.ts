import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RECORDER_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { buildVersionOf } from "../../contract/build-arn";
import { MAX_ATTEMPTS, renderRecorderMessage } from "../../contract/recorder";
import type { BuildResult } from "../../lambda/recorder/run";
import type { UnmarkedAmi } from "../../lambda/recorder/watermarks";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { problemLines } from "../deployed/inspect";
import { changeRegions, prepareRegions } from "../deployed/regions";
import { EXIT } from "../report";

/** Outcome of recording a build. */
type Result = Pick<BuildResult, "outcome" | "unmarked" | "note">;

/** Records a build now, instead of when the updater shares it. */
export async function record(
  contexts: readonly Context[],
  { image, build: version }: { readonly image: string; readonly build: string },
): Promise<CommandResult> {
  const prepared = await prepareRegions(contexts, (context) => context.build(image, version));
  const { results, problems } = await changeRegions(prepared, async (context, { arn }) => ({
    build: arn,
    ...(await invokeRecorder(context, arn)),
  }));
  return {
    text: [
      ...results.flatMap(({ context, value }) =>
        describe(value).map(
          (text) => `${image} ${buildVersionOf(value.build)} in ${context.region} ${text}`,
        ),
      ),
      ...problemLines(problems),
    ].join("\n"),
    data: {
      builds: results.map(({ context, value }) => ({ region: context.region, ...value })),
      problems,
    },
    exitCode:
      problems.length > 0 || !results.every(({ value }) => isDone(value)) ? EXIT.error : EXIT.ok,
  };
}

function isDone({ outcome, unmarked = [] }: Result): boolean {
  return outcome.kind !== "ignored" && outcome.kind !== "unready" && unmarked.length === 0;
}

/** Returns what the recorder did, as ends of sentences about the build. */
function describe(result: Result): string[] {
  const { unmarked } = result;
  const evidence = describeOutcome(result);
  return [
    ...(evidence === undefined ? [] : [evidence]),
    ...(unmarked?.length === 0 ? ["has its watermarks"] : []),
    ...(unmarked ?? []).map(describeUnmarked),
  ];
}

function describeUnmarked({ region, id, reason, until }: UnmarkedAmi): string {
  const next =
    until === undefined
      ? ""
      : `. The recorder tries again every 10 minutes until ${new Date(until).toISOString()}`;
  return `has no watermark on ${id} in ${region}: ${reason}${next}`;
}

/**
 * Returns what became of the evidence; `undefined` if the factory stores none and sets watermarks.
 */
function describeOutcome({ outcome, unmarked, note }: Result): string | undefined {
  switch (outcome.kind) {
    case "recorded": {
      const { hasPackages, hasDigests } = outcome;
      const missing = [
        ...(hasPackages ? [] : ["packages"]),
        ...(hasDigests ? [] : ["the digest of each container image"]),
      ];
      return missing.length === 0 ? "is recorded" : `is recorded, without ${missing.join(" and ")}`;
    }
    case "known":
      return "was recorded already";
    case "none":
      // Without a channel in the message, notes are about a failed build.
      if (note)
        return `failed, and the message about it was sent${note.kind === "known" ? " before" : ""}`;
      return unmarked ? undefined : "has no evidence: sharedAccount.evidence is off";
    case "waiting": {
      const until = new Date(outcome.until).toISOString();
      return `waits for its packages or images until ${until}: the recorder looks again every 10 minutes`;
    }
    case "unready":
      return `can't be recorded yet: ${outcome.reason}. The recorder looks again every minute, ${MAX_ATTEMPTS} times`;
    case "ignored":
      return `can't be recorded: ${outcome.reason}`;
    default:
      return outcome satisfies never;
  }
}

/** Invokes the recorder and waits for it; throws a {@link ConfigError} if it fails. */
async function invokeRecorder({ home }: Context, build: string): Promise<Result> {
  const { region } = home;
  const lambda = new LambdaClient({ region });
  const command = new InvokeCommand({
    FunctionName: RECORDER_NAME,
    Payload: Buffer.from(renderRecorderMessage({ build })),
  });
  const { FunctionError, Payload } = await lambda.send(command).catch((error: unknown) => {
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
    throw new ConfigError(`the recorder isn't deployed in ${region}`);
  });
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
  if (FunctionError !== undefined)
    throw new ConfigError(`the recorder failed: ${answer?.errorMessage ?? FunctionError}`);
  const [result]: readonly BuildResult[] = answer;
  if (!result) throw new ConfigError("the recorder returned nothing");
  const { outcome, unmarked, note } = result;
  return { outcome, ...(unmarked && { unmarked }), ...(note && { note }) };
}
