import { synth } from "../../tools/fixtures/synth";

/**
 * Terraform's JSON is a public interface: whatever a change of the code does to it has to be looked at and agreed to, with
 * `npm test -- -u`. What it promises is asserted by the other tests.
 */
test.each(
  Object.entries(
    synth((f) => {
      f.tags = { team: "platform" };
      f.sharedAccount.deployRole = "terraform";
      f.sharedAccount.notify = { emails: ["platform@example.com"] };
      f.sharedAccount.keyAdministrators = { permissionSets: ["Admins"], roles: [] };
      f.images.base.retain = { builds: 5 };
      f.images.web.share = {
        channels: {
          payments: { principals: { accounts: ["222222222222"] }, approval: "required" },
        },
      };
      f.appAccounts.payments.autoScaling = true;
    }),
  ),
)("the Terraform JSON of stack %s equals the snapshot", (_id, stack) => {
  const json = JSON.stringify(stack, (key, value) => (key === "//" ? undefined : value));
  // The updater's code is its own matter.
  expect(
    JSON.parse(json.replace(/(share-updater_code_\w+)\/[0-9A-F]{32}/, "$1/HASH")),
  ).toMatchSnapshot();
});
