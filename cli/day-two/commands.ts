import type { Command } from "commander";
import { addCommand, type Values } from "../command";
import type { Context } from "../deployed/context";
import {
  BUILD,
  CHANGE_TARGET,
  CREDENTIALS,
  IMAGE,
  PROFILES,
  READ_TARGET,
} from "../deployed/options";
import { confirmation } from "../prompt";

const REASON = {
  value: "REASON",
  description: "reason, for people who look at the build later",
  required: true,
} as const;

/** Reason of a command that only removes tags. */
const WITHDRAWAL_REASON = {
  value: "REASON",
  description: "reason, for the output; AWS doesn't store it",
  required: true,
} as const;

/** Options of commands that ask before they change something. */
const CONFIRMED_TARGET = {
  ...CHANGE_TARGET,
  yes: { description: "don't ask for confirmation" },
} as const;

/** Adds the commands that operate a deployed factory. */
export function addDayTwoCommands(program: Command): void {
  program.commandsGroup("Operate a deployed factory (needs credentials of the shared account):");
  addStatus(program);
  addBuilds(program);
  addWhich(program);
  addFleet(program);
  addExplain(program);
  addBuild(program);
  addUpdate(program);
  addApprove(program);
  addUnapprove(program);
  addRevoke(program);
  addUnrevoke(program);
  addWaiting(program);
  addResume(program);
  addStop(program);
}

function addStatus(program: Command): void {
  addCommand(program, {
    name: "status",
    summary: "compare the desired and the shared builds of each channel",
    details:
      "With --account, compares the images of an app account that follow their parents with the newest builds of the parents. This needs credentials of the account, or credentials that may assume its deployRole.",
    args: {},
    options: {
      account: { value: "NAME", description: "app account of the factory" },
      profiles: PROFILES,
      ...READ_TARGET,
    },
    example: "status",
    run: async ({ account, ...values }) => {
      if (account === undefined) return (await import("./status")).status(await openToRead(values));
      return (await import("./app-status")).appStatus({ account, ...values });
    },
  });
}

function addBuilds(program: Command): void {
  addCommand(program, {
    name: "builds",
    summary: "list the builds, AMIs, parents and approvals of an image",
    args: { image: IMAGE },
    options: READ_TARGET,
    example: "builds amazon-linux-2023",
    run: async (values) =>
      (await import("./builds")).builds(await openToRead(values, values.image), values.image),
  });
}

function addWhich(program: Command): void {
  addCommand(program, {
    name: "which",
    summary: "find the build of an AMI or instance, and whether it is revoked",
    details:
      "Looks for instances in the shared account, in accounts with fleet: true, and in those with a profile.",
    args: {
      ids: { value: "ID", description: "ID of an AMI or instance", required: true, variadic: true },
    },
    options: { profiles: PROFILES, ...READ_TARGET },
    example: "which ami-0123456789abcdef0",
    run: async (values) => (await import("./which")).which(await openToRead(values), values),
  });
}

function addFleet(program: Command): void {
  addCommand(program, {
    name: "fleet",
    summary: "list which golden builds the instances of app accounts run",
    details:
      "Looks at accounts with fleet: true, and at those with a profile. Exits with 2 if an instance runs a revoked build, or else with 1 if something couldn't be read.",
    args: {
      image: {
        value: "IMAGE",
        description: "golden image, with the images based on it (default: all)",
      },
    },
    options: {
      account: {
        value: "NAME",
        description: "app account of the factory, repeatable (default: all)",
        repeatable: true,
      },
      profiles: PROFILES,
      csv: { description: "print a line with comma-separated values for each instance" },
      ...CREDENTIALS,
    },
    example: "fleet amazon-linux-2023",
    run: async (values) =>
      (await import("./fleet")).fleet(
        await (await import("../deployed/regions")).openToRead(
          { ...values, region: [] },
          values.image,
          {
            everyRegion: true,
          },
        ),
        values,
      ),
  });
}

function addExplain(program: Command): void {
  addCommand(program, {
    name: "explain",
    summary: "explain which build an account gets, and why not a newer one",
    args: { image: IMAGE },
    options: {
      account: { value: "ID", description: "account ID of 12 digits", required: true },
      ...READ_TARGET,
    },
    example: "explain amazon-linux-2023 --account 222222222222",
    run: async (values) =>
      (await import("./explain")).explain(
        await openToRead(values, values.image),
        values.image,
        values.account,
      ),
  });
}

function addBuild(program: Command): void {
  addCommand(program, {
    name: "build",
    summary: "start the pipeline of an image",
    args: { image: IMAGE },
    options: {
      wait: { description: "wait for the end of the build, and fail if the build fails" },
      ...CHANGE_TARGET,
    },
    example: "build amazon-linux-2023 --wait",
    run: async (values) => {
      const { image, wait, json } = values;
      const log = (line: string): void => (json ? undefined : console.log(line));
      return (await import("./build")).build(await openToChange(values, image), {
        image,
        wait,
        log,
      });
    },
  });
}

function addUpdate(program: Command): void {
  addCommand(program, {
    name: "update",
    summary: "run the updater for an image now",
    args: { image: IMAGE },
    options: CHANGE_TARGET,
    example: "update amazon-linux-2023 --all-regions",
    run: async (values) =>
      (await import("./update")).update(await openToChange(values, values.image), values.image),
  });
}

function addApprove(program: Command): void {
  addCommand(program, {
    name: "approve",
    summary: "approve a build for a channel that requires approval",
    args: { image: IMAGE, build: BUILD },
    options: {
      channel: {
        value: "CHANNEL",
        description: "channel with `approval: required`",
        required: true,
      },
      reason: REASON,
      ...CONFIRMED_TARGET,
    },
    example: "approve amazon-linux-2023 1.0.3/2 --channel stable --reason CHG-1234",
    run: async (values) =>
      (await import("./approve")).approve(
        await openToChange(values, values.image),
        values,
        confirmation(values.yes),
      ),
  });
}

function addUnapprove(program: Command): void {
  addCommand(program, {
    name: "unapprove",
    summary: "withdraw the approval of a build for a channel",
    args: { image: IMAGE, build: BUILD },
    options: {
      channel: { value: "CHANNEL", description: "channel of the approval", required: true },
      reason: WITHDRAWAL_REASON,
      ...CONFIRMED_TARGET,
    },
    example: "unapprove amazon-linux-2023 1.0.3/2 --channel stable --reason CHG-1235",
    run: async (values) =>
      (await import("./unapprove")).unapprove(
        await openToChange(values, values.image),
        values,
        confirmation(values.yes),
      ),
  });
}

function addRevoke(program: Command): void {
  addCommand(program, {
    name: "revoke",
    summary: "remove a build from all shares and disable its AMIs",
    details:
      "Builds that are based on it are revoked too. A container is deleted only with --delete, which can't be undone.",
    args: { image: IMAGE, build: BUILD },
    options: {
      reason: REASON,
      only: { description: "don't revoke the builds that are based on it" },
      at: {
        value: "TIME",
        description: "revoke it at this time in UTC, such as 2027-01-31T08:00Z, and not now",
      },
      delete: { description: "delete a container's build and its container images permanently" },
      ...CONFIRMED_TARGET,
    },
    example: "revoke amazon-linux-2023 1.0.3/2 --reason INC-5678",
    run: async ({ at, ...values }) => {
      const contexts = await openToChange(values, values.image);
      const confirm = confirmation(values.yes);
      if (at === undefined) return (await import("./revoke")).revoke(contexts, values, confirm);
      return (await import("./schedule-revocation")).scheduleRevocation(
        contexts,
        { ...values, at },
        confirm,
      );
    },
  });
}

function addUnrevoke(program: Command): void {
  addCommand(program, {
    name: "unrevoke",
    summary: "withdraw a revocation, also one that is scheduled",
    details:
      "Builds that inherited the revocation are released too. Disabled AMIs stay disabled: the command prints how to enable them.",
    args: { image: IMAGE, build: BUILD },
    options: { reason: WITHDRAWAL_REASON, ...CONFIRMED_TARGET },
    example: "unrevoke amazon-linux-2023 1.0.3/2 --reason INC-5679",
    run: async (values) =>
      (await import("./unrevoke")).unrevoke(
        await openToChange(values, values.image),
        values,
        confirmation(values.yes),
      ),
  });
}

function addWaiting(program: Command): void {
  addCommand(program, {
    name: "waiting",
    summary: "list the builds that are paused until you run resume or stop",
    args: {},
    options: READ_TARGET,
    example: "waiting",
    run: async (values) => (await import("./waiting")).waiting(await openToRead(values)),
  });
}

function addResume(program: Command): void {
  addCommand(program, {
    name: "resume",
    summary: "resume a waiting build",
    args: { image: IMAGE, build: BUILD },
    options: { reason: REASON, ...CONFIRMED_TARGET },
    example: "resume amazon-linux-2023 1.0.3/2 --reason CHG-1234",
    run: async (values) =>
      (await import("./resume")).resume(
        await openToChange(values, values.image),
        values,
        confirmation(values.yes),
      ),
  });
}

function addStop(program: Command): void {
  addCommand(program, {
    name: "stop",
    summary: "fail a waiting build",
    args: { image: IMAGE, build: BUILD },
    options: { reason: REASON, ...CONFIRMED_TARGET },
    example: "stop amazon-linux-2023 1.0.3/2 --reason CVE-2026-1234",
    run: async (values) =>
      (await import("./stop")).stop(
        await openToChange(values, values.image),
        values,
        confirmation(values.yes),
      ),
  });
}

async function openToRead(values: Values<typeof READ_TARGET>, image?: string): Promise<Context[]> {
  return (await import("../deployed/regions")).openToRead(values, image);
}

async function openToChange(
  values: Values<typeof CHANGE_TARGET>,
  image: string,
): Promise<Context[]> {
  return (await import("../deployed/regions")).openToChange(values, image);
}
