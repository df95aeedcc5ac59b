/** Compares the AWS-managed names in a factory file with AWS's own list, in each Region. */
import { type Account, accountsOf, buildablesOf, type Factory } from "../../config/model";
import { isError, type Path, type Problem } from "../../config/problems";
import { Reader } from "../aws-reader";
import { useProfile } from "../credentials";
import { type ManagedList, managedProblems, readManagedList } from "../managed-list";
import { withProgress } from "../progress";

/**
 * Returns the names that AWS doesn't have. The list is the same in all accounts, so the current
 * credentials or a profile of any account read it.
 */
export async function managedNameProblems(
  factory: Factory,
  profile: string | undefined,
): Promise<Problem[]> {
  if (profile !== undefined) useProfile(profile);
  const reader = new Reader({});
  const regions = regionsOf(factory);
  const lists = await withProgress(
    `reading AWS-managed images and components in ${regions.join(", ")}`,
    Promise.all(
      regions.map(
        async (region): Promise<[string, ManagedList]> => [
          region,
          await readManagedList(reader.in(region)),
        ],
      ),
    ),
  );
  const problems = lists.flatMap(([region, list]) =>
    accountsOf(factory).flatMap((account) => problemsIn(factory, account, region, list)),
  );
  return withoutRepetitions(problems);
}

/** Returns the Regions that build something. */
function regionsOf(factory: Factory): string[] {
  const buildables = accountsOf(factory).flatMap(buildablesOf);
  return [...new Set(buildables.flatMap(({ regions }) => regions))];
}

function problemsIn(
  { shared }: Factory,
  account: Account,
  region: string,
  list: ManagedList,
): Problem[] {
  const above: Path = account === shared ? [] : ["appAccounts", account.name];
  return buildablesOf(account)
    .filter(({ regions }) => regions.includes(region))
    .flatMap((image) =>
      managedProblems(image, list, region).map(
        ({ path, message, name, isCertain }): Problem => ({
          path: [...above, `${image.kind}s`, image.name, ...path],
          message,
          ...(path.at(-1) === "awsManaged" && { got: name }),
          rule: "managed-names",
          severity: isCertain ? "error" : "warning",
        }),
      ),
    );
}

/** Keeps one problem for each position: an error if there is one, of the first of its Regions. */
function withoutRepetitions(problems: readonly Problem[]): Problem[] {
  const kept = new Map<string, Problem>();
  for (const problem of problems) {
    const key = JSON.stringify(problem.path);
    const known = kept.get(key);
    if (known === undefined || (isError(problem) && !isError(known))) kept.set(key, problem);
  }
  return [...kept.values()];
}
