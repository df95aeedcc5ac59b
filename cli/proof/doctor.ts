/** Checks what a factory needs in AWS, without changing anything. */
import { readFactory } from "../../config/load";
import { copyRegionsOf, type Factory } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { findCaller } from "../account-credentials";
import { Reader } from "../aws-reader";
import type { CommandResult } from "../command";
import { factoryFile } from "../environment";
import { useProfiles } from "../profiles";
import { withProgress } from "../progress";
import { EXIT, firstLineOrThrow } from "../report";
import { type ClosedAccount, type OpenAccount, openAccounts, selectAccounts } from "./accounts";
import { type Check, type Scope, targetOf } from "./check";
import { CHECKS } from "./checks";
import { READ_ONLY } from "./policy";
import { type ReportedAccount, renderReport, reportOf } from "./report";
import { isFor, type Job, runChecks } from "./run-checks";

export interface DoctorOptions {
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  readonly profiles?: string | undefined;
  /** Names of accounts. Empty: all, and the organization. */
  readonly account: readonly string[];
}

/**
 * Runs all checks.
 *
 * Throws a `ConfigError` if no account can be looked at.
 */
export async function doctor(options: DoctorOptions): Promise<CommandResult> {
  const factory = readFactory(factoryFile(options.config));
  const selected = selectAccounts(factory, options.account);
  const profiles = useProfiles(factory, options);
  const opened = await withProgress(
    "checking the credentials",
    openAccounts(selected, profiles, READ_ONLY),
  );
  if (!opened.some(isOpen))
    throw noAccount(opened.filter((one): one is ClosedAccount => !isOpen(one)));
  const organization = options.account.length > 0 ? [] : await organizationJobs(factory);
  const isReason = typeof organization === "string";
  const jobs = [
    ...(isReason ? [] : organization),
    ...opened.filter(isOpen).flatMap((one) => accountJobs(factory, one)),
  ];
  let done = 0;
  const checks = await withProgress(
    () => `${done} of ${jobs.length} checks`,
    runChecks(jobs, () => {
      done += 1;
    }),
  );
  const report = reportOf(opened.map(reportedAccount), checks, isReason ? organization : undefined);
  return {
    text: renderReport(report),
    data: report,
    exitCode: report.result === "failed" ? EXIT.differs : EXIT.ok,
  };
}

function isOpen(account: OpenAccount | ClosedAccount): account is OpenAccount {
  return "access" in account;
}

function noAccount(closed: readonly ClosedAccount[]): ConfigError {
  const lines = closed.map(({ account: { name, id }, reason }) => `  ${name} (${id}): ${reason}`);
  return new ConfigError(
    `no account can be looked at. Pass --profile, or --profiles with a profile for each account:\n${lines.join("\n")}`,
  );
}

/**
 * Returns the checks of the organization. They run with the caller's credentials, because AWS
 * answers only the management account and delegated administrators.
 *
 * @returns the reason, if there are no such credentials
 */
async function organizationJobs(factory: Factory): Promise<Job[] | string> {
  const { shared } = factory;
  const names = shared.regions.map(({ name }) => name);
  try {
    const { region } = await findCaller(names, {});
    const target = targetOf(factory, shared, region, new Reader({}));
    return checksOf("organization").map((check) => ({ check, target }));
  } catch (error) {
    return `${firstLineOrThrow(error)}. These checks use your own credentials: set --profile or AWS_PROFILE to a profile of the management account or of a delegated administrator`;
  }
}

function accountJobs(factory: Factory, { account, access, reader }: OpenAccount): Job[] {
  const target = targetOf(factory, account, access.region, reader);
  const accountChecks = checksOf("account").filter((check) => isFor(check, account, factory));
  const regionChecks = checksOf("region").filter((check) => isFor(check, account, factory));
  const jobsIn = (region: string, checks: readonly Check[]): Job[] => {
    const there = targetOf(factory, account, region, reader, access.region);
    return checks.map((check) => ({ check, target: there, account, region }));
  };
  const copyChecks = regionChecks.filter(({ inCopyRegions }) => inCopyRegions);
  return [
    ...accountChecks.map((check) => ({ check, target, account })),
    ...account.regions.flatMap(({ name }) => jobsIn(name, regionChecks)),
    ...copyRegionsOf(account).flatMap((name) => jobsIn(name, copyChecks)),
  ];
}

function checksOf(scope: Scope) {
  return CHECKS.filter((check) => check.scope === scope);
}

function reportedAccount(one: OpenAccount | ClosedAccount): ReportedAccount {
  const { name, id } = one.account;
  return isOpen(one)
    ? { name, id, credentials: one.access.source }
    : { name, id, notLookedAt: one.reason };
}
