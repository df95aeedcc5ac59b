// Fails on words that this project doesn't use in comments, messages, test titles and documents, and
// on comments that are too wide: Biome wraps only code. Also fails on doc comments that begin with
// What or Who.
// node tools/build/check-words.mjs [FILE…]; without files, every file of the repository.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";

const require = createRequire(import.meta.url);

/** Subjects that may refuse something; a check of this project rejects it. */
const MAY_REFUSE = "AWS|RAM|KMS|ECR|EC2|IAM|SNS|SQS|S3|GitHub|Terraform|Image\\s+Builder";

/** Words, and what to write instead. `messagesOnly` leaves out comments and documents. */
const RULES = [
  { words: /\b(tells?|told|telling)\b/gi, write: "report, log, print or notify" },
  { words: /\bbeside\b/gi, write: "next to, in addition to or compared with" },
  { words: /\b((no|some|every)body|who(so)?ever)\b/gi, write: "the role, account or person meant" },
  { words: /\banew\b/gi, write: "again" },
  { words: /\blikewise\b/gi, write: "also" },
  { words: /\bfor\s+good\b(?!\s+reason)/gi, write: "permanently" },
  { words: /\bmend(s|ed|ing)?\b/gi, write: "fix" },
  {
    words: /\b(of\s+(its|their|your|our|one's)|one's)\s+own\b/gi,
    write: "your, its or a separate",
  },
  { words: /\bjudg(es?|ed|ing|e?ments?)\b/gi, write: "validate or check" },
  { words: /\bledgers?\b/gi, write: "version lock file or factory.lock.json" },
  { words: /\bbak(es|ed|ing)\b|\bbake\b(?!\s+time|-)/gi, write: "build or built" },
  { words: /\b(comes?|came)\s+of\b/gi, write: "results from or is created by" },
  { words: /\bmust\s+hold\b/gi, write: "must contain" },
  { words: /\bwhat\s+is\s+shared\b/gi, write: "the shared builds" },
  { words: /\brights\b/gi, write: "permissions" },
  {
    words: new RegExp(`(?<!\\b(${MAY_REFUSE})\\s+(has\\s+)?)\\brefus(es?|ed|ing|als?)\\b`, "gi"),
    write: "reject",
    messagesOnly: true,
  },
];

/** As for code, in biome.json. */
const MAX_COLUMNS = 100;

/** Contain the words on purpose. */
const SKIPPED = ["tools/build/check-words.mjs", "__tests__/tools/build/check-words.test.ts"];

const CODE = [".ts", ".tsx", ".js", ".mjs", ".cjs"];

function isChecked(file) {
  if (SKIPPED.includes(file)) return false;
  return (
    [...CODE, ".md", ".yml", ".sh"].includes(extname(file)) ||
    /(^|\/)factory\.yaml$/.test(file) ||
    /^(components|workflows|examples)\/.*\.yaml$/.test(file) ||
    file === ".ci/run"
  );
}

/** Stands for a character that isn't prose. No pattern matches across it. */
const OTHER = "\0";

/** Replaces all but white space, so that offsets and lines stay. */
function blank(text, filler = OTHER) {
  return text.replace(/\S/g, filler);
}

function withoutInlineCode(text) {
  return text.replace(/`[^`\n]*`/g, (code) => blank(code));
}

function markdownProse(text) {
  return withoutInlineCode(
    text
      .replace(/^( *)(```+|~~~+).*\n[\s\S]*?^\1\2.*$/gm, (code) => blank(code))
      .replace(/(?<=\])\([^)\s]*/g, (target) => blank(target))
      .replace(/^\[[^\]]+\]: .*$/gm, (target) => blank(target)),
  );
}

/**
 * Finds string, template and regular expression literals, and texts of elements. A literal without
 * a space is data, not a message.
 */
function literalsIn(file, source) {
  // Documents are checked without it: it takes half a second to load.
  const ts = require("typescript");
  const literals = [];
  const isMessage = (node) => /\s/.test(node.getText().replace(/\$\{[^}]*\}/g, ""));
  const visit = (node) => {
    if (ts.isStringLiteralLike(node)) literals.push({ node, isMessage: isMessage(node) });
    if (ts.isJsxText(node)) literals.push({ node, isMessage: true });
    if (ts.isRegularExpressionLiteral(node)) literals.push({ node, isMessage: false });
    if (ts.isTemplateExpression(node))
      for (const piece of [node.head, ...node.templateSpans.map(({ literal }) => literal)])
        literals.push({ node: piece, isMessage: isMessage(node) });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return literals
    .map(({ node, isMessage }) => ({ start: node.getStart(), end: node.end, isMessage }))
    .sort((one, other) => one.start - other.start);
}

/** Returns `source` with `keep` applied to its literals and `rest` to everything else. */
function mapLiterals(source, literals, keep, rest) {
  let text = "";
  for (const literal of literals)
    text +=
      rest(source.slice(text.length, literal.start)) +
      keep(source.slice(literal.start, literal.end), literal);
  return text + rest(source.slice(text.length));
}

function withoutCommentMarks(comment) {
  return comment.replace(/^\s*\*+\/?|\/\/|\/\*+|\*\//gm, (mark) => blank(mark, " "));
}

/** Keeps the comments of code that has no literals. */
function commentsIn(code) {
  let text = "";
  for (const { 0: comment, index } of code.matchAll(/\/\/.*|\/\*[\s\S]*?\*\//g))
    text += blank(code.slice(text.length, index)) + withoutCommentMarks(comment);
  return withoutInlineCode(text + blank(code.slice(text.length)));
}

/** Returns the texts of a file that are checked. Each is as long as the file. */
function proseOf(file, source) {
  if (extname(file) === ".md") return [{ text: markdownProse(source), isMessages: false }];
  if (!CODE.includes(extname(file)))
    return [{ text: withoutInlineCode(source), isMessages: false }];
  const literals = literalsIn(file, source);
  const code = mapLiterals(
    source,
    literals,
    (text) => blank(text),
    (text) => text,
  );
  const messages = mapLiterals(
    source,
    literals,
    (text, { isMessage }) => (isMessage ? text : blank(text)),
    (text) => blank(text),
  );
  return [
    { text: commentsIn(code), isMessages: false, code },
    { text: messages, isMessages: true },
  ];
}

/** A link can't be wrapped. */
function wideComments(source, comments) {
  const lines = source.split("\n");
  return comments.split("\n").flatMap((comment, index) => {
    const isComment = /[^\s\0]/.test(comment);
    const isTooWide = lines[index].length > MAX_COLUMNS && !/^\W*https?:\S+$/.test(lines[index]);
    const message = `a comment must be at most ${MAX_COLUMNS} columns wide`;
    return isComment && isTooWide ? [{ line: index + 1, message }] : [];
  });
}

/** Finds doc comments of files, exports and members that begin with a clause instead of a name. */
function clausesIn(code) {
  const comments = /\/\*\*[\s*]*(What|Who)\b[\s\S]*?\*\/\s*(export|readonly)?\b/g;
  return [...code.matchAll(comments)].flatMap(({ 1: word, 2: documented, index }) => {
    const before = code.slice(0, index);
    if (documented === undefined && before.trim() !== "") return [];
    const message = `"${word}": begin a doc comment with a verb or a noun`;
    return [{ line: before.split("\n").length, message }];
  });
}

function problemsIn(file) {
  const source = readFileSync(file, "utf8");
  const problems = [];
  for (const { text, isMessages, code } of proseOf(file, source)) {
    if (code !== undefined) problems.push(...wideComments(source, text), ...clausesIn(code));
    for (const { words, write, messagesOnly = false } of RULES) {
      if (messagesOnly && !isMessages) continue;
      for (const { 0: found, index } of text.matchAll(words)) {
        const line = source.slice(0, index).split("\n").length;
        problems.push({ line, message: `"${found.replace(/\s+/g, " ")}": write ${write}` });
      }
    }
  }
  return problems
    .sort((one, other) => one.line - other.line)
    .map(({ line, message }) => `${file}:${line} ${message}`);
}

function repositoryFiles() {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = spawnSync("git", args, { encoding: "utf8" });
  return stdout.split("\n").filter((file) => isChecked(file) && existsSync(file));
}

const given = process.argv.slice(2);
const problems = (given.length > 0 ? given : repositoryFiles()).flatMap(problemsIn);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`\n${problems.length} problems. The words are in tools/build/check-words.mjs.`);
  process.exitCode = 1;
}
