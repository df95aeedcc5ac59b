import type { Manifest } from "../../contract/manifest";
import type { Raw } from "../../tools/fixtures/factory-file";
import { synth } from "../../tools/fixtures/synth";

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
