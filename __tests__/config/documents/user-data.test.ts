import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readUserData } from "../../../config/documents/user-data";

const folder = mkdtempSync(join(tmpdir(), "user-data-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: string | Buffer) {
  writeFileSync(join(folder, "start"), content);
  return readUserData(folder, "start");
}

test("readUserData returns the same script for LF and CRLF line endings", () => {
  const script = { bytes: 4, base64: Buffer.from("a\nb\n").toString("base64") };
  expect(read("a\nb\n")).toEqual(script);
  expect(read("a\r\nb\r\n")).toEqual(script);
});

test("readUserData keeps the bytes of what isn't text", () => {
  const bytes = Buffer.from([0x1f, 0x8b, 0x0d, 0x0a]);
  expect(read(bytes)).toEqual({ bytes: 4, base64: bytes.toString("base64") });
});

test("readUserData returns undefined if there is no file", () => {
  expect(readUserData(folder, "none")).toBeUndefined();
});
