// Prints what one event costs the share updater, by the builds of history, against a fake that takes 20 ms a call.
import { parseEvent } from "../../lambda/share-updater/event";
import { type Report, reconcile } from "../../lambda/share-updater/reconcile";
import { FakeAws, randomFrom } from "../fixtures/fake-aws";

const HOME = { region: "eu-west-1", accountId: "111111111111" };
function nothing() {
  return undefined;
}
const quiet: Report = {
  ignored: nothing,
  buildFailed: nothing,
  leftAlone: nothing,
  finished: nothing,
  imageReconciled: nothing,
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
  for (let patch = 0; patch < history; patch += 1) fake.bake(`1.0.${patch}`, "AVAILABLE", 0);
  await reconcile(fake.aws, parseEvent({}, HOME), quiet);
  const arn = fake.bake(`1.0.${history}`, "AVAILABLE", 0);
  const event = {
    Records: [{ Sns: { Message: JSON.stringify({ arn, state: { status: "AVAILABLE" } }) } }],
  };
  fake.calls = 0;
  const start = fake.time;
  await reconcile(fake.aws, parseEvent(event, HOME), quiet);
  // The list of versions is one call to the fake, and one for every 25 of them to AWS.
  const calls = fake.calls - 1 + Math.ceil((history + 1) / 25);
  console.log(
    `updater, an event after ${history} builds: ${calls} calls, ${((fake.time - start) / 1_000).toFixed(1)} s with RAM's own waits`,
  );
}

(async () => {
  for (const history of [10, 100, 1_000]) await measure(history);
})();
