import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs the check on files with these lines; returns what it prints, without the files' folder. */
function check(files: Readonly<Record<string, readonly string[]>>) {
  const folder = mkdtempSync(join(tmpdir(), "words-"));
  try {
    const paths = Object.entries(files).map(([name, lines]) => {
      writeFileSync(join(folder, name), lines.join("\n"));
      return join(folder, name);
    });
    const args = ["tools/build/check-words.mjs", ...paths];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { status, lines: stderr.replaceAll(`${folder}/`, "").split("\n").slice(0, -3) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("check-words reports words in comments, messages and test titles of code, with line and replacement, but not in identifiers, data, inline code, and as what AWS does", () => {
  const reported = [
    "/** Tells nobody. */",
    "const ledger = /told/;",
    "// A key of its",
    "// own.",
    "const message = `${ledger} must hold a key`;",
    'test("refuses a file", () => fail("anew"));',
  ];
  const accepted = [
    "import { told } from './ledger';",
    "/** Reads `the ledger`. RAM refuses; the bake time of a build. */",
    'const names = ["nobody", `golden-${told}-refused`];',
    'const message = "RAM refuses to remove the build, and Image Builder has refused it before";',
  ];
  expect(check({ "a.ts": reported, "b.ts": accepted })).toEqual({
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

test("check-words reports words in comments, texts and attributes of elements", () => {
  const lines = [
    "// Tells nobody.",
    "const page = (",
    '  <p title="It is built anew" class="ledger">',
    "    The page refuses {/* beside */ name} for",
    "    good.",
    "  </p>",
    ");",
  ];
  expect(check({ "a.tsx": lines })).toEqual({
    status: 1,
    lines: [
      'a.tsx:1 "Tells": write report, log, print or notify',
      'a.tsx:1 "nobody": write the role, account or person meant',
      'a.tsx:3 "anew": write again',
      'a.tsx:4 "beside": write next to, in addition to or compared with',
      'a.tsx:4 "for good": write permanently',
      'a.tsx:4 "refuses": write reject',
    ],
  });
});

test("check-words reports comments wider than 100 columns, but no links and no code", () => {
  const lines = [
    `/** ${"a ".repeat(46)}a */`,
    `// ${"a ".repeat(49)}`,
    "/**",
    ` * ${"a ".repeat(48)}aa`,
    ` * https://example.com/${"a".repeat(90)}`,
    " */",
    `const message = "// ${"a ".repeat(50)}";`,
  ];
  expect(lines.map(({ length }) => length)).toEqual([100, 101, 3, 101, 113, 3, 122]);
  expect(check({ "a.ts": lines })).toEqual({
    status: 1,
    lines: [
      "a.ts:2 a comment must be at most 100 columns wide",
      "a.ts:4 a comment must be at most 100 columns wide",
    ],
  });
});

test("check-words reports doc comments of files, exports and members that begin with What or Who", () => {
  const reported = [
    "/** What a file contains. */",
    'import { read } from "./read";',
    "/**",
    " * What is read.",
    " */",
    "export interface Reading {",
    "  /** Who reads it. */",
    "  readonly reader: string;",
    "}",
  ];
  const accepted = [
    "/** Describes what is read, and who reads it. */",
    "export interface Reading {",
    "  /** Whatever the reader returns. */",
    "  readonly text: string;",
    "}",
    "// What is read.",
    'export const text = "/** What is read. */ export";',
  ];
  expect(check({ "a.ts": reported, "b.ts": accepted })).toEqual({
    status: 1,
    lines: [
      'a.ts:1 "What": begin a doc comment with a verb or a noun',
      'a.ts:3 "What": begin a doc comment with a verb or a noun',
      'a.ts:7 "Who": begin a doc comment with a verb or a noun',
    ],
  });
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
  expect(check({ "a.md": page })).toEqual({
    status: 1,
    lines: [
      'a.md:1 "What is shared": write the shared builds',
      'a.md:6 "baked": write build or built',
      'a.md:7 "for good": write permanently',
    ],
  });
});

test("check-words succeeds and prints nothing if it finds no words", () => {
  expect(check({ "a.md": ["It is built."] })).toEqual({ status: 0, lines: [] });
});
