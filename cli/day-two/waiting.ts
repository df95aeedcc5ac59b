import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { exitCodeOf, problemLines } from "../deployed/inspect";
import { readRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { table } from "../table";
import { formatAge } from "./age";
import { listWaitingSteps } from "./waiting-steps";

/** Lists the builds that wait for an answer. */
export async function waiting(contexts: readonly Context[]): Promise<CommandResult> {
  const { results, problems } = await readRegions(contexts, listWaitingSteps);
  const steps = results.flatMap(({ context: { region }, value }) =>
    value.map(({ image, build, step, ageHours }) => ({ region, image, build, step, ageHours })),
  );
  const rows = steps.map(({ region, image, build, step, ageHours }) => [
    region,
    image,
    build,
    step,
    formatAge(ageHours),
  ]);
  const options = `${contexts[0]?.isOneOfSeveral ? "--region REGION " : ""}--reason REASON`;
  const hints = [
    "",
    `To continue a build: \`${factoryCommand(`resume IMAGE BUILD ${options}`)}\``,
    `To fail it: \`${factoryCommand(`stop IMAGE BUILD ${options}`)}\``,
  ];
  const regions = results.map(({ context }) => context.region).join(", ");
  const lines =
    rows.length > 0
      ? [table([["Region", "image", "build", "step", "waiting for"], ...rows]), ...hints]
      : [`no build is waiting in ${regions}`];
  return {
    text: [...lines, ...problemLines(problems)].join("\n"),
    data: { waiting: steps, problems },
    exitCode: exitCodeOf(problems, false),
  };
}
