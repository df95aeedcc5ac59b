import { addRunning } from "../../../cli/day-two/running-on";
import { MockedFleet } from "./mocked-fleet";

const AGAIN = "to look again, also at builds that are based on it: `npx --no factory fleet base`";
const NOTE =
  "1 instance runs an AMI of the account without a watermark, and the parents of its builds can't be read: the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE";

let account: MockedFleet;
beforeEach(() => {
  account = new MockedFleet();
  account.setBuilds({ "1.0.2/1": ["ami-2"] });
});
afterEach(() => account.stop());

test("revoke prints which instances it couldn't assign and which accounts it didn't look at", async () => {
  account.launch({ id: "i-1", ami: "ami-app", amiOwner: "222222222222" });
  const contexts = account.fleetContexts();
  const [context] = contexts;
  const [payments] = context?.factory.apps ?? [];
  if (!context || !payments) throw new Error("the account has a Region and an app account");
  Object.assign(context, {
    factory: {
      ...context.factory,
      apps: [payments, { ...payments, name: "orders", id: "333333333333", fleet: false }],
    },
  });
  const build = await context.build("base", "1.0.2/1");
  const revoked = { exitCode: 0, text: "base 1.0.2/1 is revoked", data: { changed: true } };
  expect(await addRunning(revoked, contexts, "base", [build], "INC-7")).toEqual({
    exitCode: 0,
    text: `base 1.0.2/1 is revoked

no instance that could be looked at runs the build (accounts with fleet: true: payments)
note: payments: ${NOTE}
not looked at, without fleet: true: orders
${AGAIN}`,
    data: {
      changed: true,
      running: {
        instances: [],
        notes: [{ account: "payments", message: NOTE }],
        notLookedAt: ["orders"],
        problems: [],
      },
    },
  });
});
