import type { Manifest } from "../../contract/manifest";
import type { Raw } from "../../tools/fixtures/factory-file";
import { resources, statements, synth } from "../../tools/fixtures/synth";

/** Returns the text of the manifest in the shared stack. */
function manifestText(mutate?: (file: Raw) => unknown): string {
  const locals = Object.values(synth(mutate)["shared-eu-west-1"]?.["locals"] ?? {});
  return locals.map(String).find((text) => text.includes('"launchPermissionGraceDays"')) ?? "";
}

test("the manifest contains a channel's limits for findings", () => {
  const text = manifestText((file) => {
    file.images.base.share.channels.stable.findings = {
      fixWithinDays: { critical: 0 },
      scanWindowDays: 90,
    };
  });
  const { images }: Manifest = JSON.parse(text);
  expect(images["base"]?.channels["stable"]?.findings).toEqual({
    fixWithinDays: { critical: 0 },
    scanWindowDays: 90,
    exceptions: [],
    reportOnly: false,
  });
});

test("the manifest doesn't mention findings if no channel limits them", () => {
  expect(manifestText()).not.toContain("findings");
});

test("the updater may read findings only if a channel limits them", () => {
  const policyOf = (mutate?: (file: Raw) => unknown) => {
    const roles = resources(synth(mutate)["shared-eu-west-1"], "aws_iam_role_policy");
    const { policy } = roles.find(({ name }) => name === "share-updater");
    return statements(policy);
  };
  const limited = policyOf((file) => {
    file.images.base.share.channels.stable.findings = { maxSeverity: "high" };
  });
  expect(limited["ReadFindings"]).toMatchObject({
    Action: "ec2:GetImageFindings",
    Resource: "*",
  });
  expect(policyOf()).not.toHaveProperty("ReadFindings");
});
