import { ShareBusyError } from "../../../lambda/share-updater/ports";
import { changeShare, timeSlice } from "../../../lambda/share-updater/wait-for-ram";
import { shareOf } from "../../../tools/fixtures/fake-aws";
import { fakeAws, stable } from "./support";

test("changeShare retries while RAM is busy, and gives up after five minutes", async () => {
  const fake = fakeAws(stable);
  let tries = 0;
  const until = (): number => timeSlice(fake.time, Number.POSITIVE_INFINITY, 1);
  await changeShare(fake.aws, shareOf("stable"), until(), async () => {
    tries += 1;
    if (tries < 4) throw new ShareBusyError("busy");
  });
  expect(tries).toBe(4);
  const start = fake.time;
  await expect(
    changeShare(fake.aws, shareOf("stable"), until(), () =>
      Promise.reject(new ShareBusyError("busy")),
    ),
  ).rejects.toThrow("busy");
  expect(fake.time - start).toBeGreaterThanOrEqual(300_000);
  expect(fake.time - start).toBeLessThan(301_000);
});

test.each(["ASSOCIATING", "DISASSOCIATING", "SUSPENDING", "RESTORING"])(
  "changeShare waits while an association is %s",
  async (status) => {
    const fake = fakeAws(stable);
    const share = fake.share("stable");
    share.associations.set("a", {
      arn: "a",
      status,
      settlesAt: fake.time + 5_000,
      settlesAs: "ASSOCIATED",
    });
    const start = fake.time;
    await changeShare(fake.aws, share.arn, start + 60_000, async () => undefined);
    expect(fake.time).toBeGreaterThanOrEqual(start + 5_000);
  },
);
