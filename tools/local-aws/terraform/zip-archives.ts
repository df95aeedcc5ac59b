/** Replaces the archive provider on machines where it can't be installed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";

/** With the same time and mode for every file, so that the same content gives the same bytes. */
const FILE_ATTRIBUTES = { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o644 << 16 };

function zipFolder(folder: string): Uint8Array {
  const files = readdirSync(folder).sort();
  return zipSync(
    Object.fromEntries(
      files.map((file) => [file, [readFileSync(join(folder, file)), FILE_ATTRIBUTES]]),
    ),
  );
}

/** Zips the folder of each `archive_file` in a stack, and replaces the references to it. */
export function zipArchives(folder: string): void {
  const file = join(folder, "cdk.tf.json");
  const { data, provider, terraform, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  if (data?.archive_file === undefined) return;
  const { archive_file: archives, ...otherData } = data;
  const { archive: _provider, ...otherProviders } = provider;
  const { archive: _required, ...required } = terraform.required_providers;
  const stack = {
    ...rest,
    ...(Object.keys(otherData).length > 0 && { data: otherData }),
    provider: otherProviders,
    terraform: { ...terraform, required_providers: required },
  };

  let text = JSON.stringify(stack, null, 2);
  for (const [id, archive] of Object.entries<{ source_dir: string; output_path: string }>(
    archives,
  )) {
    const bytes = zipFolder(join(folder, archive.source_dir));
    writeFileSync(join(folder, archive.output_path), bytes);
    const hash = createHash("sha256").update(bytes).digest("base64");
    text = text
      .replaceAll(`\${data.archive_file.${id}.output_path}`, archive.output_path)
      .replaceAll(`\${data.archive_file.${id}.output_base64sha256}`, hash);
  }
  writeFileSync(file, text);
}
