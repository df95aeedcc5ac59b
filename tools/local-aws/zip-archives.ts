// Does beforehand what the archive provider does while planning, for machines where that provider can't be installed.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";

function zipped(folder: string): Uint8Array {
  return zipSync(
    Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map((file) => [
          file,
          [
            readFileSync(join(folder, file)),
            { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16 },
          ],
        ]),
    ),
  );
}

/** Zips what each `archive_file` of the stack in `folder` would, and puts the results where it is referred to. */
export function zipArchives(folder: string): void {
  const file = join(folder, "cdk.tf.json");
  const { data, provider, terraform, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  const { archive_file: archives, ...otherData } = data;
  const { archive: _provider, ...otherProviders } = provider;
  const { archive: _required, ...required } = terraform.required_providers;
  const withoutArchives = Object.keys(otherData).length > 0 ? { ...rest, data: otherData } : rest;
  const stack = {
    ...withoutArchives,
    provider: otherProviders,
    terraform: { ...terraform, required_providers: required },
  };

  const text = Object.entries<{ source_dir: string; output_path: string }>(archives).reduce(
    (json, [id, { source_dir: source, output_path: target }]) => {
      const bytes = zipped(join(folder, source));
      writeFileSync(join(folder, target), bytes);
      return json
        .replaceAll(`\${data.archive_file.${id}.output_path}`, target)
        .replaceAll(
          `\${data.archive_file.${id}.output_base64sha256}`,
          createHash("sha256").update(bytes).digest("base64"),
        );
    },
    JSON.stringify(stack, null, 2),
  );
  writeFileSync(file, text);
}
