import type { Aws } from "../../../lambda/share-updater/ports";
import { type Report, reconcile } from "../../../lambda/share-updater/reconcile";
import type { ShareSummary } from "../../../lambda/share-updater/reconcile-share";
import { FakeAws, randomFrom } from "../../../tools/fixtures/fake-aws";

export const HOME = { region: "eu-west-1", accountId: "111111111111" };
export const HOUR_MS = 3_600_000;

/** A channel with two builds. */
export const stable = {
  channel: "stable",
  keep: 2,
  bakeHours: 0,
  approvalRequired: false,
  principals: ["222222222222"],
};
/** A channel with one build. */
export const canary = { ...stable, channel: "canary", keep: 1 };

export function fakeAws(...policies: ConstructorParameters<typeof FakeAws>[0]): FakeAws {
  return new FakeAws(policies, randomFrom(1));
}

export const silentReport: Report = {
  ignored: () => undefined,
  buildFailed: () => undefined,
  shareSkipped: () => undefined,
  imageReconciled: () => undefined,
  finished: () => undefined,
};

/** Returns a report, and the list of events that it fills. */
export function recordingReport() {
  const events: string[] = [];
  const report: Report = {
    ignored: (reason) => events.push(`ignored: ${reason}`),
    buildFailed: (image) => events.push(`failed: ${image}`),
    shareSkipped: ({ arn }, reason, ageHours) =>
      events.push(`skipped: ${arn}, ${reason}, ${Math.round(ageHours)} h`),
    imageReconciled: (image, { summaries }) =>
      events.push(`reconciled: ${image} ${summaries.map(({ channel }) => channel).join()}`),
    finished: (_summaries, isComplete) => events.push(isComplete ? "finished" : "incomplete"),
  };
  return { events, report };
}

/** Reconciles every image, as the schedule does. */
export function reconcileAll(aws: Aws, report = silentReport): Promise<readonly ShareSummary[]> {
  return reconcile(aws, [{ kind: "all" }], report);
}

/** Returns the event by which SNS delivers messages. */
export function snsEvent(...messages: unknown[]) {
  return {
    Records: messages.map((message) => ({
      Sns: { Message: typeof message === "string" ? message : JSON.stringify(message) },
    })),
  };
}

/** Returns Image Builder's message about a build that ended. */
export function buildMessage(arn: string, status = "AVAILABLE") {
  return { arn, state: { status } };
}
