/** Settles in AWS what the project assumes about it. */

import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DescribeOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { organizationArn, partitionOf } from "../../../config/aws/arns";
import { readFactory } from "../../../config/load";
import type { Account, AppAccount, Factory } from "../../../config/model";
import { didYouMean, expectedOneOf } from "../../../config/near-match";
import { ConfigError } from "../../../config/problems";
import { required } from "../../../contract/required";
import type { Credentials } from "../../account-credentials";
import type { CommandResult } from "../../command";
import { factoryFile } from "../../environment";
import { type Profiles, useProfiles } from "../../profiles";
import { withProgress } from "../../progress";
import { type Confirm, confirmation } from "../../prompt";
import { EXIT } from "../../report";
import { openInRegion } from "../open-in-region";
import { type Clock, interruptible, SYSTEM_CLOCK } from "../prove/interruption";
import { type Experiment, NEEDS, type Need } from "./experiment";
import { EXPERIMENTS } from "./experiments";
import { Lab } from "./lab";
import { sessionFor } from "./policy";
import {
  type AssumptionsReport,
  countsOf,
  renderMarkdown,
  renderQuestion,
  renderResults,
} from "./render";
import { RESULTS, type Run, runExperiments } from "./run";
import { createSite, describeSite, type Site } from "./site";

export interface AssumptionsOptions {
  /** Name of the app account that images are shared with. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** IDs of experiments. Empty: all. */
  readonly only: readonly string[];
  /** File that the report is written to. */
  readonly out?: string | undefined;
  readonly yes: boolean;
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
}

/**
 * Runs experiments in the shared account of a factory file and one of its app accounts.
 *
 * Throws a `ConfigError` if the options don't fit the factory file, if an account has no
 * credentials, or if no experiment is possible.
 */
export async function proveAssumptions(
  options: AssumptionsOptions,
  clock: Clock = SYSTEM_CLOCK,
  confirm: Confirm = confirmation(options.yes),
): Promise<CommandResult> {
  const factory = readFactory(factoryFile(options.config));
  const experiments = selectExperiments(options.only);
  const app = findApp(factory, options.account);
  const region = findRegion(factory, app, options.region);
  assertCanWrite(options.out);
  const copyRegion = factory.shared.regions.map(({ name }) => name).find((one) => one !== region);
  const opened = await openLab(factory, app, { region, copyRegion }, options, clock);
  const { lab, owner, consumer } = opened;
  const obstacle = obstacleOf(app, copyRegion);
  const possible = experiments.filter(({ needs }) => !needs.some(obstacle));
  if (possible.length === 0) throw noneIsPossible(experiments, obstacle);
  const sites = [owner, ...(consumer ? [consumer] : [])];
  const question = renderQuestion(
    possible,
    copyRegion !== undefined,
    sites.map(describeSite).join(" and "),
  );
  if (!(await confirm(question)))
    return { text: "Nothing was created.", data: { confirmed: false }, exitCode: EXIT.error };
  const start = clock.now();
  const run = await runWithProgress(lab, experiments, obstacle);
  const report = reportOf(run, {
    date: new Date(start).toISOString().slice(0, 10),
    region,
    ...(copyRegion !== undefined && { copyRegion }),
    owner: accountOf(owner),
    ...(consumer && { consumer: accountOf(consumer) }),
    seconds: (clock.now() - start) / 1_000,
  });
  return resultOf(report, renderMarkdown(report, aliasesOf(opened)), run, options.out);
}

/** A lab and its accounts. */
interface OpenedLab {
  readonly lab: Lab;
  readonly owner: Site;
  readonly consumer: Site | undefined;
  /** @default - there is no consumer */
  readonly organization: OrganizationOfBoth | undefined;
}

async function openLab(
  factory: Factory,
  app: AppAccount | undefined,
  { region, copyRegion }: { readonly region: string; readonly copyRegion: string | undefined },
  options: AssumptionsOptions,
  clock: Clock,
): Promise<OpenedLab> {
  const profiles = useProfiles(factory, options);
  const gate: { lab?: Lab } = {};
  const open = (account: Account): Promise<Opened> =>
    openSite(account, region, profiles, () => gate.lab?.assertContinues());
  const owner = await open(factory.shared);
  const consumer = app && (await open(app));
  const organization = consumer && (await assertOneOrganization(owner, consumer));
  const lab = new Lab({
    // Shorter than an account ID, which the report would replace.
    id: randomBytes(5).toString("hex"),
    clock,
    owner: owner.site,
    consumer: consumer?.site,
    organizationArn: organization?.arn,
    copyRegion,
    tags: factory.tags,
  });
  gate.lab = lab;
  return { lab, owner: owner.site, consumer: consumer?.site, organization };
}

/** Returns what the report for an issue shows instead of the IDs of accounts. */
function aliasesOf({ owner, consumer, organization }: OpenedLab): Map<string, string> {
  return new Map([
    [owner.accountId, "OWNER"],
    ...(consumer ? [[consumer.accountId, "CONSUMER"] as const] : []),
    ...(organization ? [[organization.managementAccountId, "MANAGEMENT"] as const] : []),
  ]);
}

function selectExperiments(only: readonly string[]): readonly Experiment[] {
  const ids = EXPERIMENTS.map(({ id }) => id);
  for (const id of only)
    if (!ids.includes(id))
      throw new ConfigError(
        `--only: must be the ID of an experiment of docs/reference/experiments.md${didYouMean(id, ids)}, got: ${id}`,
      );
  return only.length === 0 ? EXPERIMENTS : EXPERIMENTS.filter(({ id }) => only.includes(id));
}

function findApp({ apps }: Factory, name: string | undefined): AppAccount | undefined {
  if (name === undefined) return undefined;
  const names = apps.map((app) => app.name);
  const found = apps.find((app) => app.name === name);
  if (found) return found;
  throw new ConfigError(
    `--account: must be an app account${expectedOneOf(name, names)}, got: ${name}`,
  );
}

/** Image Builder's resources and shares are in one Region, so both accounts must have it. */
function findRegion(
  { shared }: Factory,
  app: AppAccount | undefined,
  given: string | undefined,
): string {
  const regions = shared.regions
    .map(({ name }) => name)
    .filter((name) => app === undefined || app.regions.some((one) => one.name === name));
  const accounts = app === undefined ? "the shared account" : `the shared account and ${app.name}`;
  if (regions.length === 0) throw new ConfigError(`${accounts} have no Region in common`);
  if (given !== undefined && !regions.includes(given))
    throw new ConfigError(
      `--region: must be a Region of ${accounts}${expectedOneOf(given, regions)}, got: ${given}`,
    );
  const [region = "", ...others] = given === undefined ? regions : [given];
  if (others.length > 0)
    throw new ConfigError(`--region: required, because there are several: ${regions.join(", ")}`);
  return region;
}

function assertCanWrite(file: string | undefined): void {
  if (file === undefined) return;
  if (existsSync(file))
    throw new ConfigError(`--out: must be a new file, got: ${file}, which exists`);
  if (!existsSync(dirname(file)))
    throw new ConfigError(
      `--out: must be in an existing folder, got: ${file}; create ${dirname(file)}`,
    );
}

/** An account with credentials. */
interface Opened {
  readonly site: Site;
  readonly credentials: Credentials;
}

/** Throws a `ConfigError` if there are no credentials, or if the Region isn't enabled. */
async function openSite(
  account: Account,
  region: string,
  profiles: Profiles,
  gate: () => void,
): Promise<Opened> {
  const { name, id: accountId } = account;
  const network = account.regions.find((one) => one.name === region);
  if (network === undefined) throw new Error(`${name} has no Region ${region}`);
  const session = sessionFor(partitionOf(region));
  const { credentials } = await openInRegion(account, region, profiles, session);
  return {
    site: createSite(name, { accountId, region }, network, credentials, gate),
    credentials,
  };
}

interface OrganizationOfBoth {
  readonly id: string;
  readonly managementAccountId: string;
  readonly arn: string;
}

/** Throws a `ConfigError` unless both accounts are different ones of the same organization. */
async function assertOneOrganization(owner: Opened, consumer: Opened): Promise<OrganizationOfBoth> {
  const [first, second] = [await findOrganization(owner), await findOrganization(consumer)];
  if (first === undefined || second?.id !== first.id)
    throw new ConfigError(
      `--account: must be an account of the same organization as ${describeSite(owner.site)}, which is in ${first?.id ?? "none"}, got: ${describeSite(consumer.site)}, which is in ${second?.id ?? "none"}`,
    );
  return first;
}

async function findOrganization({
  site: { region },
  credentials,
}: Opened): Promise<OrganizationOfBoth | undefined> {
  try {
    const { Organization } = await new OrganizationsClient({ ...credentials, region }).send(
      new DescribeOrganizationCommand({}),
    );
    const id = required(Organization?.Id, "the ID of the organization");
    const managementAccountId = required(
      Organization?.MasterAccountId,
      "the management account of the organization",
    );
    return { id, managementAccountId, arn: organizationArn(region, { id, managementAccountId }) };
  } catch (error) {
    if ((error as Error).name === "AWSOrganizationsNotInUseException") return undefined;
    throw error;
  }
}

function obstacleOf(app: AppAccount | undefined, copyRegion: string | undefined) {
  const hasNeeded: Readonly<Record<Need, boolean>> = {
    builds: true,
    child: true,
    consumer: app !== undefined,
    copy: copyRegion !== undefined,
  };
  return (need: Need): string | undefined => (hasNeeded[need] ? undefined : `needs ${NEEDS[need]}`);
}

function noneIsPossible(
  experiments: readonly Experiment[],
  obstacle: (need: Need) => string | undefined,
): ConfigError {
  const lines = experiments.map(
    ({ id, needs }) => `  ${id}: ${needs.flatMap((need) => obstacle(need) ?? []).join("; ")}`,
  );
  return new ConfigError(`no experiment is possible:\n${lines.join("\n")}`);
}

async function runWithProgress(
  lab: Lab,
  experiments: readonly Experiment[],
  obstacle: (need: Need) => string | undefined,
): Promise<Run> {
  let started = 0;
  let current = "";
  const label = (): string => {
    // Only the last part of an ARN fits into a line.
    const what = lab.waitingFor.replace(/\barn:\S*:/g, "");
    const waiting = what === "" ? "" : `: ${what}`;
    return `${Math.min(started, experiments.length)} of ${experiments.length}, ${current}${waiting}`;
  };
  return withProgress(
    label,
    interruptible((signal) =>
      runExperiments(lab, experiments, obstacle, signal, (what) => {
        started += 1;
        current = what;
      }),
    ),
  );
}

function accountOf({ name, accountId }: Site): { readonly name: string; readonly id: string } {
  return { name, id: accountId };
}

function reportOf(
  { experiments, left }: Run,
  about: Omit<AssumptionsReport, "result" | "counts" | "experiments" | "left">,
): AssumptionsReport {
  const counts = countsOf(experiments);
  const result = RESULTS.find((one) => counts[one] > 0) ?? "as-assumed";
  return { ...about, result, counts, experiments, left };
}

function resultOf(
  report: AssumptionsReport,
  markdown: string,
  { left, isInterrupted }: Run,
  out: string | undefined,
): CommandResult {
  const failed = isInterrupted || left.length > 0 ? EXIT.error : EXIT.ok;
  const exitCode = report.counts.differs > 0 ? EXIT.differs : failed;
  const text = renderResults(report);
  if (out === undefined)
    return { text: `${text}\n\nThe report for an issue:\n\n${markdown}`, data: report, exitCode };
  try {
    writeFileSync(out, markdown, { flag: "wx" });
  } catch (error) {
    const printed = `couldn't write ${out}: ${(error as Error).message}. The report for an issue:\n\n${markdown}`;
    return { text: `${text}\n\n${printed}`, data: report, exitCode: exitCode || EXIT.error };
  }
  return { text: `${text}\n\nThe report for an issue is in ${out}.`, data: report, exitCode };
}
