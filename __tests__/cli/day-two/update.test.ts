import { changeResult } from "../../../cli/day-two/run-updater";
import type { ShareSummary } from "../../../lambda/share-updater/reconcile-share";
import { SharedAccount } from "./shared-account";

test("factory update reconciles the shares of an image and prints them", async () => {
  const account = await SharedAccount.start();
  try {
    await account.build();
    expect(await account.command("update base")).toEqual({
      status: 0,
      stdout: "canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)\nstable: no build is shared\n",
      stderr: "",
    });
  } finally {
    account.stop();
  }
});

test("factory update reports a channel whose share the updater skipped, and exits with 1", async () => {
  const account = await SharedAccount.start({}, (file) => {
    file.images.base.share.channels.partners = { principals: { accounts: ["333333333333"] } };
  });
  try {
    await account.build();
    const { status, stdout } = await account.command("update base");
    expect(stdout.split("\n").slice(2)).toEqual([
      "partners: the updater skipped its share: see `npx --no factory status`",
      "",
    ]);
    expect(status).toBe(1);
  } finally {
    account.stop();
  }
});

test("changeResult prints a build that couldn't be added to a share, and exits with 1", () => {
  const arn = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/2";
  const share: ShareSummary = {
    share: "arn:aws:ram:eu-west-1:111111111111:resource-share/x",
    channel: "stable",
    desired: [arn],
    shared: [],
    associated: [],
    disassociated: [],
    refused: [],
    failed: [arn],
    newestAgeHours: 1,
  };
  expect(changeResult("base", [], { shares: [share], problems: [], isIncomplete: true })).toEqual({
    text: `stable: no build is shared; 1.0.0/2 couldn't be added
the updater retries on its schedule; to retry now: \`npx --no factory update base\``,
    data: { changed: true, done: [], shares: [share], problems: [], hints: [] },
    exitCode: 1,
  });
});
