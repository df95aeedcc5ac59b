import type { Platform } from "../aws/base-images";
import type { Problem, Validated } from "../problems";

/**
 * Largest Dockerfile outside of Amazon S3.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateContainerRecipe.html
 */
const MAX_CHARACTERS = 16_000;

/**
 * Placeholders that Image Builder replaces, in the order that it requires.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-container-recipes.html
 */
const PLACEHOLDERS = ["parentImage", "environments", "components"];

/** A Dockerfile that contains only the placeholders: the default for Windows. */
export const PLACEHOLDERS_ONLY = `FROM {{{ imagebuilder:parentImage }}}
{{{ imagebuilder:environments }}}
{{{ imagebuilder:components }}}
`;

/**
 * The default for Linux. Image Builder replaces the placeholder for components by instructions that
 * need root, and a parent may end with another user.
 */
const LINUX_DOCKERFILE = PLACEHOLDERS_ONLY.replace("\n", "\nUSER root\n");

/** Returns the Dockerfile of containers that don't name one. */
export function defaultDockerfile(platform: Platform): string {
  return platform === "Linux" ? LINUX_DOCKERFILE : PLACEHOLDERS_ONLY;
}

interface Finding extends Pick<Problem, "message" | "got"> {
  /** Counted from 0. @default 0 */
  readonly line?: number;
}

/**
 * Validates a Dockerfile: it must contain each placeholder, in order, and the parent image in a
 * FROM.
 */
export function checkDockerfile(file: string, text: string): Validated<object> {
  const findings = [
    ...textFindings(text),
    ...placeholderFindings(text),
    ...stageFindings(text),
    ...unknownPlaceholders(text),
  ];
  const problems = findings.map(({ line = 0, ...finding }) => ({
    at: `${file}:${line + 1}`,
    path: [],
    ...finding,
  }));
  return problems.length > 0 ? { problems } : { value: {}, problems };
}

function textFindings(text: string): Finding[] {
  const findings: Finding[] = [];
  if (text.length > MAX_CHARACTERS)
    findings.push({ message: `must be at most ${MAX_CHARACTERS} characters`, got: text.length });
  if (text.includes("\0")) findings.push({ message: "must not contain NUL characters" });
  return findings;
}

/** Returns the lines, with empty ones in place of comments. */
function linesWithoutComments(text: string): string[] {
  return text.split(/\r?\n/).map((line) => (/^\s*#/.test(line) ? "" : line));
}

/** Returns the first line with a placeholder, counted from 0; -1 if there is none. */
function lineOf(placeholder: string, lines: readonly string[]): number {
  const pattern = new RegExp(`\\{\\{\\{\\s*imagebuilder:${placeholder}\\s*\\}\\}\\}`);
  return lines.findIndex((line) => pattern.test(line));
}

const OTHER_PARENT =
  "must be FROM {{{ imagebuilder:parentImage }}}: otherwise the image has another parent";

function placeholderFindings(text: string): Finding[] {
  const lines = linesWithoutComments(text);
  const found = PLACEHOLDERS.map((name) => ({ name, line: lineOf(name, lines) }));
  const missing = found.filter(({ line }) => line === -1);
  const findings: Finding[] = missing.map(({ name }) => ({
    message: `must contain the placeholder {{{ imagebuilder:${name} }}}`,
  }));
  const positions = found.map(({ line }) => line);
  const [parent = -1] = positions;
  const parentLine = lines[parent];
  if (parentLine !== undefined && !/^\s*FROM\s+(--\S+\s+)*\{\{\{/i.test(parentLine))
    findings.push({ line: parent, message: OTHER_PARENT });
  const isOrdered = positions.every((line, index) => line > (positions[index - 1] ?? -1));
  if (missing.length === 0 && !isOrdered)
    findings.push({
      line: Math.min(...positions),
      message: `must contain the placeholders in the order ${PLACEHOLDERS.join(", ")}`,
    });
  return findings;
}

/**
 * The image that is pushed is the last stage, so it must be the one with the components, on the
 * parent image. Earlier stages may be on the parent image, too.
 */
function stageFindings(text: string): Finding[] {
  const lines = linesWithoutComments(text);
  const components = lineOf("components", lines);
  const stages = stagesIn(text);
  const stage = stages.findLast(({ line }) => line < components);
  // The placeholders themselves are checked elsewhere.
  if (!stage || !stages.some(({ isOnParent }) => isOnParent)) return [];
  const findings: Finding[] = [];
  if (!stage.isOnParent) findings.push({ line: stage.line, message: OTHER_PARENT });
  const environments = lineOf("environments", lines);
  if (stage.isOnParent && environments >= 0 && environments < stage.line)
    findings.push({
      line: environments,
      message:
        "must be in the stage with {{{ imagebuilder:components }}}, which needs the environment variables",
    });
  const later = stages.filter(({ line }) => line > components);
  return [
    ...findings,
    ...later.map(({ line }) => ({
      line,
      message:
        "must not start another stage after {{{ imagebuilder:components }}}: the last stage is the image that is pushed, and it would lack the components",
    })),
  ];
}

/** An instruction FROM, with its image and the name of its stage. */
const FROM = /^\s*FROM\s+(?:--\S+\s+)*(\{\{\{.*?\}\}\}|\S+)(?:\s+AS\s+(\S+))?/i;

interface Stage {
  /** Counted from 0. */
  readonly line: number;
  /** Whether it is on the parent image, directly or through an earlier stage. */
  readonly isOnParent: boolean;
}

function stagesIn(text: string): Stage[] {
  const namesOnParent: string[] = [];
  return instructionsIn(text).flatMap(({ instruction, line }) => {
    const [from, image = "", name] = FROM.exec(instruction) ?? [];
    if (from === undefined) return [];
    const isOnParent =
      lineOf("parentImage", [image]) === 0 || namesOnParent.includes(image.toLowerCase());
    if (isOnParent && name !== undefined) namesOnParent.push(name.toLowerCase());
    return [{ line, isOnParent }];
  });
}

/** The users of a Dockerfile's last stage. */
export interface DockerfileUsers {
  /** Runs the components. @default - the parent's user */
  readonly components?: string | undefined;
  /** Runs the container. @default - the parent's user */
  readonly end?: string | undefined;
}

/** Returns the users that a valid Dockerfile sets, in its last stage or a stage that it is on. */
export function usersIn(text: string): DockerfileUsers {
  const usersOfStages = new Map<string, string | undefined>();
  let stage: string | undefined;
  let components: string | undefined;
  let end: string | undefined;
  for (const { instruction } of instructionsIn(text)) {
    const [from, image = "", name] = FROM.exec(instruction) ?? [];
    if (from !== undefined) {
      end = usersOfStages.get(image.toLowerCase());
      stage = name?.toLowerCase();
    }
    const [, user] = /^\s*USER\s+(\S+)/i.exec(instruction) ?? [];
    end = user ?? end;
    if (stage !== undefined) usersOfStages.set(stage, end);
    if (lineOf("components", [instruction]) === 0) components = end;
  }
  return { components, end };
}

/**
 * Names of the here-documents that start in a line of an instruction, such as EOF of `RUN <<EOF`.
 */
function hereDocumentsIn(line: string): string[] {
  return [...line.matchAll(/(?<=\s)\d*<<-?(["']?)([^\s<>"'|&;()]+)\1/g)].map(
    ([, , name = ""]) => name,
  );
}

/** https://docs.docker.com/reference/dockerfile/#here-documents */
const TAKES_HERE_DOCUMENTS = /^\s*(ONBUILD\s+)?(RUN|COPY|ADD)\s/i;

/** Returns the first line of each instruction. Others continue a line or are in a here-document. */
function instructionsIn(text: string): { instruction: string; line: number }[] {
  const [, continuation = "\\"] = /^#\s*escape\s*=\s*(\S)/im.exec(text) ?? [];
  const instructions: { instruction: string; line: number }[] = [];
  let isContinued = false;
  let takesHereDocuments = false;
  let hereDocuments: string[] = [];
  for (const [line, instruction] of linesWithoutComments(text).entries()) {
    const [name] = hereDocuments;
    if (name !== undefined) {
      if (instruction.trim() === name) hereDocuments = hereDocuments.slice(1);
      continue;
    }
    if (!isContinued) {
      instructions.push({ instruction, line });
      takesHereDocuments = TAKES_HERE_DOCUMENTS.test(instruction);
    }
    // Comments and empty lines between continued lines don't end the instruction.
    const isBlank = instruction.trim() === "";
    isContinued = instruction.trimEnd().endsWith(continuation) || (isContinued && isBlank);
    hereDocuments = takesHereDocuments ? hereDocumentsIn(instruction) : [];
  }
  return instructions;
}

/** Assumed: Image Builder also reads placeholders in comments. */
function unknownPlaceholders(text: string): Finding[] {
  const known = PLACEHOLDERS.map((name) => `imagebuilder:${name}`);
  const expected = `expected one of ${known.join(", ")}`;
  return [...text.matchAll(/\{\{\{\s*(.*?)\s*\}\}\}/g)]
    .filter(([, name = ""]) => !known.includes(name))
    .map(({ 0: placeholder, index }) => ({
      line: text.slice(0, index).split("\n").length - 1,
      message: `contains an unknown placeholder: ${placeholder}; ${expected}`,
    }));
}
