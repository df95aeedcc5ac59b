import { MANIFEST_VERSION, manifestKey, parseManifest } from "../../contract/manifest";
import { ManifestError } from "../../contract/manifest-file";

const manifest = {
  version: MANIFEST_VERSION,
  launchPermissionGraceDays: 30,
  regions: ["eu-west-1"],
  audiences: { everyone: ["222222222222"] },
  images: {},
};

test("parseManifest returns a manifest whose key contains its SHA-256", () => {
  const text = JSON.stringify(manifest);
  expect(manifestKey(text)).toMatch(/^channels\/[0-9a-f]{64}\.json$/);
  expect(parseManifest(text, manifestKey(text))).toEqual(manifest);
});

test("parseManifest rejects a manifest that was changed, even by a space", () => {
  const key = manifestKey(JSON.stringify(manifest));
  for (const text of [`${JSON.stringify(manifest)} `, "", "{}"])
    expect(() => parseManifest(text, key)).toThrow(
      new ManifestError(
        `the manifest ${key} was changed by someone other than Terraform; delete it, and apply the stack to restore it`,
      ),
    );
});

test("parseManifest rejects a manifest of another version", () => {
  const text = JSON.stringify({ ...manifest, version: 2 });
  expect(() => parseManifest(text, manifestKey(text))).toThrow(
    new ManifestError(
      "the manifest must have version 1, got: 2; apply the stack with the same release of the factory as the function",
    ),
  );
});
