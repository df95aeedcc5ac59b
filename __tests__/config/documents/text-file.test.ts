import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileWithLf, nameOf, readText } from "../../../config/documents/text-file";

const folder = mkdtempSync(join(tmpdir(), "text-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string, content: string | Buffer) {
  writeFileSync(join(folder, name), content);
  return readText(folder, name, (text) => ({ value: { length: text.length }, problems: [] }));
}

test("readText returns the validated value with the file's name, path, text and digest", () => {
  expect(read("agent.yaml", "abc")).toEqual({
    value: {
      length: 3,
      name: "agent",
      file: join(folder, "agent.yaml"),
      text: "abc",
      sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    },
    problems: [],
  });
});

test("readText returns the same text and digest for LF and CRLF line endings", () => {
  const { text, sha256 } = read("lines.yaml", "a: 1\nb: 2\n")?.value ?? {};
  expect(read("lines.yaml", "a: 1\r\nb: 2\r\n")?.value).toMatchObject({ text, sha256 });
  expect(text).toBe("a: 1\nb: 2\n");
});

test("readText keeps a byte order mark and single CR characters", () => {
  expect(read("mark.yaml", "\uFEFFa\rb")?.value?.text).toBe("\uFEFFa\rb");
});

test("fileWithLf returns the file itself, or a copy of the same name with LF line endings", () => {
  const file = join(folder, "agent.yaml");
  writeFileSync(file, "a\nb\n");
  expect(fileWithLf({ name: "a", file, text: "a\nb\n", sha256: "0" })).toBe(file);
  writeFileSync(file, "a\r\nb\r\n");
  const copy = fileWithLf({ name: "a", file, text: "a\nb\n", sha256: "0" });
  expect([basename(copy), readFileSync(copy, "utf8")]).toEqual(["agent.yaml", "a\nb\n"]);
  rmSync(dirname(copy), { recursive: true });
});

test.each(["none.yaml", ".", "agent.yaml/x", "x".repeat(5_000)])(
  "readText returns undefined for a path without a file: %.10s",
  (path) => {
    expect(readText(folder, path, () => ({ problems: [] }))).toBeUndefined();
  },
);

test("readText rejects a file that isn't UTF-8", () => {
  expect(read("latin.yaml", Buffer.from([0xe4]))).toEqual({
    problems: [{ at: "latin.yaml", path: [], message: "must be UTF-8 text" }],
  });
});

test("readText reports why a file can't be read", () => {
  writeFileSync(join(folder, "locked.yaml"), "");
  const readFile = jest.spyOn(fs, "readFileSync").mockImplementation(() => {
    throw new Error("EACCES: permission denied");
  });
  const result = readText(folder, "locked.yaml", () => ({ problems: [] }));
  readFile.mockRestore();
  expect(result).toEqual({
    problems: [
      { at: "locked.yaml", path: [], message: "can't be read: EACCES: permission denied" },
    ],
  });
});

test("nameOf returns a file's name without folder and extension", () => {
  expect(nameOf("components/linux/agent.v2.yaml")).toBe("agent.v2");
});
