import { createHash } from "node:crypto";

/** A manifest that is missing, or isn't the one that Terraform wrote. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/**
 * Returns how the manifests of one function are named and parsed.
 *
 * Terraform stores a manifest in S3 under a key that contains the SHA-256 of its text. The key is
 * in the function's environment, so that changing what the function does requires permission to
 * change the function.
 *
 * @param prefix - of the keys
 * @param version - raised if the format changes
 */
export function manifestFormat<T extends { readonly version: number }>(
  prefix: string,
  version: T["version"],
) {
  const keyOf = (text: string): string =>
    `${prefix}${createHash("sha256").update(text).digest("hex")}.json`;
  return {
    keyOf,
    parse: (text: string, key: string): T => {
      if (keyOf(text) !== key)
        throw new ManifestError(
          `the manifest ${key} was changed by someone other than Terraform; delete it, and apply the stack to restore it`,
        );
      const manifest: T = JSON.parse(text);
      if (manifest.version !== version)
        throw new ManifestError(
          `the manifest must have version ${version}, got: ${manifest.version}; apply the stack with the same release of the factory as the function`,
        );
      return manifest;
    },
  };
}
