// Prints what plans of several stacks change, as Markdown: npm run plan-summary -- [--ledger FILE --ledger-before FILE] STACK.json…
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { readLedger } from "../config/ledger";
import { ConfigError } from "../config/problems";
import { type Plan, planSummary, type ResourceChange } from "./summary";

const USAGE =
  "usage: npm run plan-summary -- [--ledger FILE --ledger-before FILE] STACK.json…, each from `terraform show -json`";

const planOf = (file: string): Plan => {
  let plan: { readonly resource_changes?: readonly ResourceChange[]; readonly format_version?: string };
  try {
    plan = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ConfigError(`${file} can't be read as a plan: ${(cause as Error).message}`, { cause });
  }
  if (plan.format_version === undefined) throw new ConfigError(`${file} isn't what \`terraform show -json\` prints of a plan`);
  return { stack: basename(file, ".json"), changes: plan.resource_changes ?? [] };
};

const main = (): void => {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        options: { ledger: { type: "string" }, "ledger-before": { type: "string" } },
        allowPositionals: true,
      });
    } catch (cause) {
      throw new ConfigError(`${(cause as Error).message}\n${USAGE}`, { cause });
    }
  })();
  if (positionals.length === 0) throw new ConfigError(`no plan is given\n${USAGE}`);
  const { ledger, "ledger-before": before } = values;
  if ((ledger === undefined) !== (before === undefined))
    throw new ConfigError(`--ledger and --ledger-before are given together\n${USAGE}`);
  const ledgers = ledger && before ? ([readLedger(before), readLedger(ledger)] as const) : undefined;
  console.log(planSummary(positionals.map(planOf), ledgers));
};

try {
  main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
