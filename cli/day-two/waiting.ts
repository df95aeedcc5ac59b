import { type CommandResult, PROGRAM } from "../command";
import { table } from "../table";
import { formatAge } from "./age";
import type { Context } from "./context";
import { listWaitingSteps } from "./waiting-steps";

/** Lists the builds that wait for an answer. */
export async function waiting(context: Context): Promise<CommandResult> {
  const steps = await listWaitingSteps(context);
  const { region } = context.home;
  const otherRegions = context.factory.shared.regions
    .map(({ name }) => name)
    .filter((name) => name !== region);
  const rows = steps.map(({ image, build, step, ageHours }) => [
    image,
    build,
    step,
    formatAge(ageHours),
  ]);
  const lines =
    rows.length > 0
      ? [
          table([["image", "build", "step", "waiting for"], ...rows]),
          "",
          `To continue a build: \`${PROGRAM} resume IMAGE BUILD --reason REASON\``,
          `To fail it: \`${PROGRAM} stop IMAGE BUILD --reason REASON\``,
        ]
      : [`no build is waiting in ${region}`];
  if (otherRegions.length > 0)
    lines.push(`other Regions weren't checked: ${otherRegions.join(", ")} (--region)`);
  return {
    text: lines.join("\n"),
    data: steps.map(({ image, build, step, ageHours }) => ({ image, build, step, ageHours })),
  };
}
