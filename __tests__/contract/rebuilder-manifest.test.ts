import {
  parseRebuilderManifest,
  REBUILDER_MANIFEST_VERSION,
  type RebuilderManifest,
  rebuilderManifestKey,
} from "../../contract/rebuilder-manifest";

test("parseRebuilderManifest returns a manifest whose key contains its SHA-256, and no other", () => {
  const manifest: RebuilderManifest = {
    version: REBUILDER_MANIFEST_VERSION,
    images: { app: { pipeline: "app", dedicatedHost: false, manual: false, alarmAfterDays: 3 } },
  };
  const text = JSON.stringify(manifest);
  const key = rebuilderManifestKey(text);
  expect(key).toMatch(/^rebuilder\/[0-9a-f]{64}\.json$/);
  expect(parseRebuilderManifest(text, key)).toEqual(manifest);
  expect(() => parseRebuilderManifest(`${text} `, key)).toThrow(
    `the manifest ${key} was changed by someone other than Terraform`,
  );
});
