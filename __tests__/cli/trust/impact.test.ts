import { impactOf } from "../../../cli/day-two/revocation-impact";
import type { FindingsPolicy } from "../../../contract/findings";
import { MockedAccount } from "./mocked-account";

const findings: FindingsPolicy = {
  fixWithinDays: { critical: 0 },
  exceptions: [],
  reportOnly: false,
};
const scanned = { FindingScanDate: new Date() };
const critical = { ...scanned, CriticalFixAvailableSince: new Date(0) };

let account: MockedAccount;
beforeEach(() => {
  account = new MockedAccount();
  account.setBuilds({ "1.0.2/1": ["ami-2"], "1.0.1/1": ["ami-1"] });
  account.deploy({ keep: 1, findings });
  account.share("1.0.2/1");
});
afterEach(() => account.stop());

async function emptied(): Promise<readonly { readonly channel: string }[]> {
  const [context] = account.contexts();
  const build = await context!.build("base", "1.0.2/1");
  return (await impactOf(context!, "base", build, false)).emptied;
}

test("a revocation empties no channel with limits if an older build has no findings", async () => {
  account.scan({ "ami-1": scanned, "ami-2": scanned });
  expect(await emptied()).toEqual([]);
});

test("a revocation empties a channel with limits if the older builds have findings", async () => {
  account.scan({ "ami-1": critical, "ami-2": scanned });
  expect(await emptied()).toEqual([{ image: "base", channel: "stable", kept: [] }]);
});
