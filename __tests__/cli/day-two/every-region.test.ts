import { selectFleet } from "../../../cli/catalogue/fleet";
import { Context } from "../../../cli/day-two/context";
import { which } from "../../../cli/day-two/which";
import { MockedAccount } from "../trust/mocked-account";

let account: MockedAccount;
beforeEach(() => {
  account = new MockedAccount();
});
afterEach(() => account.stop());

/** One of the two Regions of a factory. */
function oneOfTwoRegions(): Context {
  const [context] = account.contexts();
  if (!context) throw new Error("the account has a Region");
  const { shared } = context.factory;
  const regions = shared.regions.flatMap((region) => [region, { ...region, name: "us-east-1" }]);
  return new Context({ ...context.factory, shared: { ...shared, regions } }, "eu-west-1");
}

test("which rejects --region with an instance, which can run a build of another Region", async () => {
  await expect(which([oneOfTwoRegions()], { ids: ["i-0123456789abcdef0"] })).rejects.toThrow(
    "--region: must not be set with the ID of an instance, because instances can run builds of every Region, got: eu-west-1",
  );
});

test("catalogue --fleet rejects --region", () => {
  expect(() => selectFleet([oneOfTwoRegions()], undefined)).toThrow(
    "--region: must not be set with --fleet, because instances can run builds of every Region, got: eu-west-1",
  );
});
