import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { RECORDER_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { buildVersionOf } from "../../contract/build-arn";
import { MAX_ATTEMPTS, renderRecorderMessage } from "../../contract/recorder";
import type { Outcome } from "../../lambda/recorder/record";
import type { BuildResult } from "../../lambda/recorder/run";
import type { CommandResult } from "../command";
import type { Context } from "../day-two/context";
import { problemLines } from "../day-two/inspect";
import { changeRegions, prepareRegions } from "../day-two/regions";
import { EXIT } from "../report";

/** Records a build now, instead of when the updater shares it. */
export async function record(
  contexts: readonly Context[],
  { image, build: version }: { readonly image: string; readonly build: string },
): Promise<CommandResult> {
  const prepared = await prepareRegions(contexts, (context) => context.build(image, version));
  const { results, problems } = await changeRegions(prepared, async (context, { arn }) => ({
    build: arn,
    outcome: await invokeRecorder(context, arn),
  }));
  const isIgnored = results.some(({ value }) => /^(ignored|unready)$/.test(value.outcome.kind));
  return {
    text: [
      ...results.map(({ context, value: { build, outcome } }) =>
        [`${image} ${buildVersionOf(build)} in ${context.region}`, describe(outcome)].join(" "),
      ),
      ...problemLines(problems),
    ].join("\n"),
    data: {
      builds: results.map(({ context, value }) => ({ region: context.region, ...value })),
      problems,
    },
    exitCode: problems.length > 0 || isIgnored ? EXIT.error : EXIT.ok,
  };
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case "recorded":
      return outcome.hasPackages ? "is recorded" : "is recorded, without packages";
    case "known":
      return "was recorded already";
    case "none":
      return "has no evidence: sharedAccount.evidence is off";
    case "waiting": {
      const until = new Date(outcome.until).toISOString();
      return `waits for its packages or container images until ${until}: the recorder looks again every 10 minutes`;
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
async function invokeRecorder({ home }: Context, build: string): Promise<Outcome> {
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
  return result.outcome;
}
