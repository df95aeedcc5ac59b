// Writes THIRD-PARTY-NOTICES, the licenses of the packages in the bundles. With `--check`, only
// checks whether the file is up to date. `--bundled FILE` replaces the list of bundled files.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import licenses from "spdx-license-list/full.js";

const FILE = "THIRD-PARTY-NOTICES";

/** Licenses that allow the use in a package with another license. https://spdx.org/licenses/ */
const ALLOWED = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "EPL-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "Public Domain",
];

const AMAZON = "Copyright Amazon.com, Inc. or its affiliates.";

/** Packages without a license file, with the copyright that they state elsewhere. */
const WITHOUT_FILE = {
  "@aws-lambda-powertools/commons": AMAZON,
  "@aws-lambda-powertools/logger": AMAZON,
  "@aws-lambda-powertools/metrics": AMAZON,
  "@aws-sdk/credential-provider-http": AMAZON,
  "@aws-sdk/credential-provider-login": AMAZON,
  "@aws-sdk/nested-clients": AMAZON,
  "@viz-js/viz": "Copyright (c) Michael Daines",
  cdktf: "Copyright (c) HashiCorp, Inc.",
  jsonify: "Written by Douglas Crockford and dedicated to the public domain.",
};

/** Software in compiled form within a package. */
const COMPILED_INTO = {
  "@dagrejs/dagre": [
    {
      name: "@dagrejs/graphlib",
      license: "MIT",
      source: "https://github.com/dagrejs/graphlib",
      text: textOf("MIT", "Copyright (c) 2012-2014 Chris Pettitt"),
    },
  ],
  "@viz-js/viz": [
    {
      name: "Graphviz",
      license: "EPL-1.0",
      source: "https://gitlab.com/graphviz/graphviz",
      text: textOf("EPL-1.0", "Copyright (c) 2011 AT&T Intellectual Property"),
    },
    {
      name: "Expat",
      license: "MIT",
      source: "https://github.com/libexpat/libexpat",
      text: textOf(
        "MIT",
        "Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper\nCopyright (c) 2001-2025 Expat maintainers",
      ),
    },
  ],
};

/** The text of a license from SPDX's list, with a copyright instead of its placeholder. */
function textOf(license, copyright) {
  const listed = licenses[license];
  if (!listed) return copyright;
  const text = listed.licenseText.replace(/^Copyright .*<.*>.*$\s*/im, "");
  return `${copyright}\n\n${text}`;
}

/** Folders of the packages that contain the files. */
function packageFolders(files) {
  const folders = files.flatMap((file) => file.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/) ?? []);
  return [...new Set(folders.filter((folder) => folder?.includes("node_modules/")))];
}

/** Address of the source code, as browsers open it. */
function sourceOf({ repository }) {
  const { url, directory } = typeof repository === "string" ? { url: repository } : repository;
  const address = url
    .replace(/^git\+|\.git$/g, "")
    .replace(/^(git|ssh):\/\/(git@)?/, "https://")
    .replace(/^(github:)?(?=[^/:]+\/[^/:]+$)/, "https://github.com/");
  return directory === undefined ? address : `${address} (${directory})`;
}

/** The texts of a package's license files and notices. `undefined`: it has no license file. */
function licenseFile(folder) {
  const names = readdirSync(folder).sort();
  const read = (pattern) =>
    names
      .filter((name) => pattern.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim());
  const licenses = read(/^(licen[cs]e|copying)(\.(md|txt))?$/i);
  return licenses.length === 0 ? undefined : [...licenses, ...read(/^notice/i)].join("\n\n");
}

/** Reads a bundled package. Adds to `problems`. */
function readPackage(folder, problems) {
  const description = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, version, license } = description;
  const file = licenseFile(folder);
  if (!ALLOWED.includes(license))
    problems.push(`${name} ${version} has the license ${license}, which isn't in ALLOWED`);
  if (file === undefined && !(name in WITHOUT_FILE))
    problems.push(`${name} ${version} has no license file and isn't in WITHOUT_FILE`);
  return {
    name,
    version,
    license,
    source: sourceOf(description),
    text: file ?? textOf(license, WITHOUT_FILE[name]),
    hasFile: file !== undefined,
  };
}

function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The packages in the bundles, by name, and what is wrong with their licenses. */
function bundledPackages(files) {
  const problems = [];
  const packages = packageFolders(files)
    .map((folder) => readPackage(resolve(folder), problems))
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
  // A package can be bundled from two folders.
  const unique = [...new Map(packages.map((one) => [`${one.name} ${one.version}`, one])).values()];
  return { packages: unique, problems };
}

function unusedEntries(packages) {
  const isUsed = (name) => packages.some((one) => one.name === name && !one.hasFile);
  return Object.keys(WITHOUT_FILE)
    .filter((name) => !isUsed(name))
    .map((name) => `${name} is in WITHOUT_FILE, but is not bundled or has a license file`);
}

function label({ name, version }) {
  return version === undefined ? name : `${name} ${version}`;
}

function listEntry({ name, version, license, source, container }) {
  const where =
    container === undefined
      ? `Package: https://www.npmjs.com/package/${name}/v/${version}`
      : `Compiled into: ${container}`;
  return [label({ name, version }), `License: ${license}`, `Source: ${source}`, where].join("\n  ");
}

/** Each text once, with the packages that have it. */
function textSections(entries) {
  const byText = new Map();
  for (const entry of entries) byText.set(entry.text, [...(byText.get(entry.text) ?? []), entry]);
  const line = "-".repeat(80);
  return [...byText].map(
    ([text, group]) => `${line}\n${group.map(label).join("\n")}\n${line}\n\n${text.trim()}\n`,
  );
}

function render(packages) {
  const entries = packages.flatMap((one) => [
    one,
    ...(COMPILED_INTO[one.name] ?? []).map((part) => ({ ...part, container: label(one) })),
  ]);
  return `The files in dist/ contain the software below, bundled and without comments. Its source code is available
at the given addresses. The texts of the licenses follow the list.

${entries.map(listEntry).join("\n\n")}

${textSections(entries).join("\n")}`;
}

function fail(problems) {
  for (const problem of problems) console.error(problem);
  process.exitCode = 1;
}

const { values } = parseArgs({
  options: { check: { type: "boolean" }, bundled: { type: "string" } },
});
if (values.bundled === undefined) await import("./build.mjs");
const files = JSON.parse(readFileSync(values.bundled ?? "dist/build/bundled-files.json", "utf8"));
const { packages, problems } = bundledPackages(files);
if (values.bundled === undefined) problems.push(...unusedEntries(packages));
if (problems.length > 0) {
  fail(problems.map((problem) => `${problem} (tools/build/notices.mjs)`));
} else {
  const text = render(packages);
  if (!values.check) writeFileSync(FILE, text);
  else if (!existsSync(FILE) || readFileSync(FILE, "utf8") !== text)
    fail([`${FILE} is out of date: run \`npm run notices\` and commit it`]);
}
