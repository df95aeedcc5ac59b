/** The stacks that were synthesized: which there are, whose, and in what order they are deployed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sharedStackId, stateStackId } from "../../config/names";
import { ConfigError } from "../../config/problems";
import type { AccountRegion } from "../../contract/account-region";

export interface Stack extends AccountRegion {
  readonly id: string;
  readonly folder: string;
  /** Stacks that have to be deployed before. */
  readonly dependencies: readonly string[];
  /** Whether it makes the roles that deploy, and so is deployed by people. */
  readonly isStateStack: boolean;
}

interface Manifest {
  readonly stacks: Readonly<
    Record<string, { readonly workingDirectory: string; readonly dependencies: readonly string[] }>
  >;
}

/** How many others have to be deployed one after the other before a stack. */
function depthIn(stacks: readonly Stack[]) {
  const depth = ({ dependencies: after }: Stack): number =>
    1 + Math.max(-1, ...stacks.filter(({ id }) => after.includes(id)).map((stack) => depth(stack)));
  return depth;
}

/** Those of the shared account, on whose images others build, come first. */
function isShared({ id }: Stack): boolean {
  return id.startsWith(sharedStackId(""));
}

/** The stacks in `outdir`, in an order in which they can be deployed; throws a {@link ConfigError} where there are none. */
export function synthesizedStacks(outdir: string): Stack[] {
  const read = (file: string) => JSON.parse(readFileSync(join(outdir, file), "utf8"));
  let manifest: Manifest;
  try {
    manifest = read("manifest.json");
  } catch (cause) {
    throw new ConfigError(
      `there is no ${join(outdir, "manifest.json")}: run \`npm run synth\` first`,
      { cause },
    );
  }
  const stacks = Object.entries(manifest.stacks).map(
    ([id, { workingDirectory, dependencies }]): Stack => {
      const [{ region, allowed_account_ids: [accountId] = [] }] = read(
        join(workingDirectory, "cdk.tf.json"),
      ).provider.aws;
      const isOfState = id.startsWith(stateStackId(""));
      const shared = sharedStackId(region);
      const ofRegion = !isOfState && id !== shared && shared in manifest.stacks ? [shared] : [];
      const after = [...new Set([...dependencies, ...ofRegion])];
      return {
        id,
        accountId,
        region,
        folder: join(outdir, workingDirectory),
        dependencies: after,
        isStateStack: isOfState,
      };
    },
  );
  const depth = depthIn(stacks);
  return stacks.sort(
    (one, other) =>
      Number(isShared(other)) - Number(isShared(one)) ||
      depth(one) - depth(other) ||
      (one.id < other.id ? -1 : 1),
  );
}

/** GitHub makes no more jobs of a matrix. https://docs.github.com/en/actions/reference/limits */
const MOST_JOBS = 256;

/** A matrix of jobs for GitHub Actions: one a stack, or as few stacks a job as it takes. */
export function matrixOf(
  stacks: readonly Stack[],
  most = MOST_JOBS,
): { include: { name: string; stacks: string }[] } {
  const size = Math.ceil(stacks.length / most);
  const include = [];
  for (let start = 0; start < stacks.length; start += size) {
    const ids = stacks.slice(start, start + size).map(({ id }) => id);
    include.push({
      name: ids.length > 1 ? `${ids[0]} and ${ids.length - 1} more` : (ids[0] ?? ""),
      stacks: ids.join(" "),
    });
  }
  return { include };
}
