// Prints the section of CHANGELOG.md about a version, for its release. Fails if the version isn't
// that of package.json.
// node tools/build/changelog-section.mjs vX.Y.Z
import { readFileSync } from "node:fs";

/** Splits a text before the headings of level 2, which `## ` in a code block isn't. */
function splitAtHeadings(markdown) {
  const parts = [""];
  let fence;
  for (const line of markdown.split("\n")) {
    const [, mark, info] = /^ {0,3}(`{3,}|~{3,})(.*)/.exec(line) ?? [];
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (fence !== undefined && mark?.startsWith(fence) && info.trim() === "")
      fence = undefined;
    if (fence === undefined && line.startsWith("## ")) parts.push(`${line.slice(3)}\n`);
    else parts[parts.length - 1] += `${line}\n`;
  }
  return parts;
}

/**
 * Returns the text of a version's section, without its heading. Throws an `Error` that says what to
 * fix.
 */
function sectionOf(version, changelog) {
  // A part of the text that begins after `## `: `1.2.3 - 2026-12-01`, and the section.
  const [, ...sections] = splitAtHeadings(changelog);
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version);
  if (section === undefined)
    throw new Error(`CHANGELOG.md: must have a section ## ${version} - DATE`);
  const [heading, ...lines] = section.split("\n");
  const date = heading.slice(version.length).trim();
  if (!/^- \d{4}-\d{2}-\d{2}$/.test(date))
    throw new Error(
      `CHANGELOG.md: the heading of ${version} must end with a date such as - 2026-12-01, got: ${heading}`,
    );
  const text = lines.join("\n").trim();
  if (text === "") throw new Error(`CHANGELOG.md: the section of ${version} must not be empty`);
  return text;
}

function versionOf(tag, packageVersion) {
  if (!/^v\d+\.\d+\.\d+$/.test(tag ?? ""))
    throw new Error(`TAG: must be vX.Y.Z, got: ${tag ?? "nothing"}`);
  const version = tag.slice(1);
  if (version !== packageVersion)
    throw new Error(`package.json: version must be ${version}, as the tag, got: ${packageVersion}`);
  return version;
}

try {
  const { version: packageVersion } = JSON.parse(readFileSync("package.json", "utf8"));
  const version = versionOf(process.argv[2], packageVersion);
  console.log(sectionOf(version, readFileSync("CHANGELOG.md", "utf8")));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
