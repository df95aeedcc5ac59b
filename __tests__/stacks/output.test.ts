import { synth } from "../../tools/fixtures/synth";

/**
 * Terraform's JSON is a public interface. Review every change of the snapshot, then update it with
 * `npx jest __tests__/stacks/output.test.ts -u`. Other tests assert what the JSON promises.
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
  // The digests of the functions' code aren't part of the interface.
  expect(
    JSON.parse(json.replace(/((?:share-updater|rebuilder)_code_\w+)\/[0-9A-F]{32}/g, "$1/HASH")),
  ).toMatchSnapshot();
});
