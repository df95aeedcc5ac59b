import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isFile } from "./text-file";

/** What instances run when they start, from a file. */
export interface UserData {
  readonly bytes: number;
  readonly base64: string;
}

/** Image Builder takes 21,847 characters of base64: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AdditionalInstanceConfiguration.html */
export const MAX_USER_DATA_BYTES = 16_383;

/** `undefined` where there is no such file. */
export function readUserData(folder: string, path: string): UserData | undefined {
  const file = join(folder, path);
  if (!isFile(file)) return undefined;
  const content = readFileSync(file);
  return { bytes: content.length, base64: content.toString("base64") };
}
