import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs the check on one file; returns what it prints, without the file's folder. */
function check(name: string, lines: readonly string[]): { status: number | null; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "words-"));
  try {
    const file = join(folder, name);
    writeFileSync(file, lines.join("\n"));
    const { status, stderr } = spawnSync(process.execPath, ["tools/build/check-words.mjs", file], {
      encoding: "utf8",
    });
    return { status, lines: stderr.replaceAll(`${folder}/`, "").split("\n").slice(0, -3) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("check-words reports words in comments, messages and test titles of code, with line and replacement", () => {
  const code = [
    "/** Tells nobody. */",
    "const ledger = /told/;",
    "// A key of its",
    "// own.",
    "const message = `${ledger} must hold a key`;",
    'test("refuses a file", () => fail("anew"));',
  ];
  expect(check("a.ts", code)).toEqual({
    status: 1,
    lines: [
      'a.ts:1 "Tells": write report, log, print or notify',
      'a.ts:1 "nobody": write the role, account or person meant',
      'a.ts:3 "of its own": write your, its or a separate',
      'a.ts:5 "must hold": write must contain',
      'a.ts:6 "refuses": write reject',
    ],
  });
});

test("check-words accepts the words in identifiers, data, inline code, and as what AWS does", () => {
  const code = [
    "import { told } from './ledger';",
    "/** Reads `the ledger`. RAM refuses; the bake time of a build. */",
    'const names = ["nobody", `golden-${told}-refused`];',
    'const message = "RAM refuses to remove the build, and Image Builder has refused it before";',
  ];
  expect(check("a.ts", code)).toEqual({ status: 0, lines: [] });
});

test("check-words reports words in Markdown, but not in code blocks, inline code and link targets", () => {
  const page = [
    "# What is shared",
    "```sh",
    "tell nobody",
    "```",
    "[A guide](guides/beside.md) and `ledger`.",
    "It is baked",
    "for good.",
  ];
  expect(check("a.md", page)).toEqual({
    status: 1,
    lines: [
      'a.md:1 "What is shared": write the shared builds',
      'a.md:6 "baked": write build or built',
      'a.md:7 "for good": write permanently',
    ],
  });
});
