// Prints the calls and seconds that the share updater needs for one event, by the number of earlier
// builds, against a fake AWS that takes 20 ms for each call.
import { parseEvent } from "../../lambda/share-updater/event";
import { type Report, reconcile } from "../../lambda/share-updater/reconcile";
import { FakeAws, randomFrom } from "../fixtures/fake-aws";

const HOME = { region: "eu-west-1", accountId: "111111111111" };

/** Builds or versions that one page of Image Builder's lists contains. */
const PAGE_SIZE = 25;

function ignore(): void {}

const silentReport: Report = {
  ignored: ignore,
  buildFailed: ignore,
  shareSkipped: ignore,
  imageReconciled: ignore,
  finished: ignore,
};
const POLICY = {
  channel: "stable",
  keep: 3,
  bakeHours: 0,
  approvalRequired: false,
  principals: ["222222222222"],
};

async function measure(history: number): Promise<void> {
  const fake = new FakeAws([POLICY], randomFrom(1));
  for (let patch = 0; patch < history; patch += 1) fake.addBuild(`1.0.${patch}`);
  await reconcile(fake.aws, parseEvent({}, HOME), silentReport);
  const arn = fake.addBuild(`1.0.${history}`);
  const event = {
    Records: [{ Sns: { Message: JSON.stringify({ arn, state: { status: "AVAILABLE" } }) } }],
  };
  fake.calls = 0;
  const start = fake.time;
  await reconcile(fake.aws, parseEvent(event, HOME), silentReport);
  // The fake lists all versions in one call, AWS in pages.
  const calls = fake.calls - 1 + Math.ceil((history + 1) / PAGE_SIZE);
  const seconds = ((fake.time - start) / 1_000).toFixed(1);
  console.log(
    `updater, one event after ${history} builds: ${calls} calls, ${seconds} s with waits for RAM`,
  );
}

(async () => {
  for (const history of [10, 100, 1_000]) await measure(history);
})();
