import { type Build, isRevoked } from "./build";
import type { Aws, Principal } from "./ports";

/**
 * Lets `audience` launch a build's AMIs. Takes the right from whoever is in none of the image's channels (`everybody` in them), and
 * leaves those whose channel the build has been in: somebody's Auto Scaling group may still run it. Writes nothing that is so.
 */
export const letLaunch = async (
  { launchPermissions }: Aws,
  { amis }: Build,
  audience: readonly Principal[],
  everybody: ReadonlySet<Principal>,
): Promise<void> => {
  for (const { region, id } of amis) {
    const current = await launchPermissions.get(region, id);
    if (!current) continue;
    const add = audience.filter((principal) => !current.includes(principal));
    const remove = current.filter((principal) => !everybody.has(principal));
    if (add.length + remove.length > 0) await launchPermissions.change(region, id, add, remove);
  }
};

/** Lets nobody outside the account launch a revoked build. What fails is handed back: it mustn't keep the shares from being set right. */
export const letNobodyLaunch = async (aws: Aws, builds: readonly Build[]): Promise<unknown[]> => {
  const errors: unknown[] = [];
  for (const build of builds.filter(isRevoked)) {
    await letLaunch(aws, build, [], new Set()).catch((error: unknown) => errors.push(error));
  }
  return errors;
};
