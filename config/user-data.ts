import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What instances run when they start, from a file. */
export interface UserData {
  readonly bytes: number;
  readonly base64: string;
}

/** EC2 takes 16 KB: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const MOST_USER_DATA = 16 * 1024;

/** `undefined` where there is no such file. */
export const readUserData = (folder: string, path: string): UserData | undefined => {
  const file = join(folder, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const content = readFileSync(file);
  return { bytes: content.length, base64: content.toString("base64") };
};
