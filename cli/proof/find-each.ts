/** Looks at several things. One that can't be looked at doesn't hide the observations of others. */
import { isNotEnabled } from "../credentials";
import { firstLineOrThrow } from "../report";
import type { Observation } from "./check";
import { isDenied } from "./denied";

/** Looks at items at the same time, and returns the observations in the order of the items. */
export async function findEach<T>(
  items: readonly T[],
  look: (item: T) => Promise<readonly Observation[]>,
): Promise<Observation[]> {
  const observations = await Promise.all(
    items.map((item) => look(item).catch((error: unknown) => [observationOf(error)])),
  );
  return withoutRepetitions(observations.flat());
}

/** Items are often denied with the same message. */
function withoutRepetitions(observations: readonly Observation[]): Observation[] {
  return [...new Map(observations.map((one) => [JSON.stringify(one), one])).values()];
}

/** Describes an error of AWS as an observation. Throws an error that is a defect. */
export function observationOf(error: unknown): Observation {
  const line = firstLineOrThrow(error);
  if (isNotEnabled(error))
    return {
      result: "not-applicable",
      message: `the Region doesn't accept the credentials: ${line}`,
    };
  if (isDenied(error as Error)) return { result: "not-allowed", message: line };
  return { result: "failed", message: line, fix: "run the command again; AWS may be unavailable" };
}
