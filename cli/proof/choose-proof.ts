/** The two things that `factory prove` does, which have different options. */
import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import type { AssumptionsOptions } from "./assumptions/assumptions";
import type { ProveOptions } from "./prove/prove";

/** Options of both. */
export interface ProofOptions
  extends Omit<ProveOptions, "image" | "account">,
    Omit<AssumptionsOptions, "account"> {
  readonly image?: string | undefined;
  readonly account?: string | undefined;
  readonly assumptions: boolean;
}

/**
 * Proves that an account can use an image, or runs experiments about AWS.
 *
 * Throws a `ConfigError` if the options don't belong together.
 */
export async function chooseProof(options: ProofOptions): Promise<CommandResult> {
  const { image, account, assumptions, channel, recipe, launch, subnet, only, out } = options;
  const others = assumptions
    ? {
        IMAGE: image !== undefined,
        "--channel": channel !== undefined,
        "--recipe": recipe,
        "--launch": launch,
        "--subnet": subnet !== undefined,
      }
    : { "--only": only.length > 0, "--out": out !== undefined };
  const wrong = Object.entries(others).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (wrong.length > 0)
    throw new ConfigError(
      `${wrong.join(", ")}: must ${assumptions ? "not be given with" : "be given only with"} --assumptions`,
    );
  if (assumptions) return (await import("./assumptions/assumptions")).proveAssumptions(options);
  if (image === undefined || account === undefined)
    throw new ConfigError(
      `missing ${[...(image === undefined ? ["IMAGE"] : []), ...(account === undefined ? ["--account"] : [])].join(", ")}; or run the command with --assumptions`,
    );
  return (await import("./prove/prove")).prove({ ...options, image, account });
}
