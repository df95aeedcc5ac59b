import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isFile, withLf } from "./text-file";

/** Script that an instance runs when it starts, from a file. A text has LF line endings. */
export interface UserData {
  readonly bytes: number;
  readonly base64: string;
}

/**
 * Largest file: Image Builder accepts 21,847 characters of Base64.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AdditionalInstanceConfiguration.html
 */
export const MAX_USER_DATA_BYTES = 16_383;

/**
 * Reads the file at `path`, relative to the `folder` of the factory file. Returns `undefined` if
 * there is no such file.
 */
export function readUserData(folder: string, path: string): UserData | undefined {
  const file = join(folder, path);
  if (!isFile(file)) return undefined;
  const bytes = readFileSync(file);
  const content = isUtf8(bytes) ? Buffer.from(withLf(bytes.toString("utf8"))) : bytes;
  return { bytes: content.length, base64: content.toString("base64") };
}
