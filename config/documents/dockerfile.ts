import type { Problem, Validated } from "../problems";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateContainerRecipe.html: what isn't in S3. */
const MOST_CHARACTERS = 16_000;

/** What Image Builder puts in: https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-container-recipes.html */
const PLACEHOLDERS = ["parentImage", "environments", "components"];

/** A Dockerfile that has nothing beside what Image Builder puts in. */
export const DEFAULT_DOCKERFILE = PLACEHOLDERS.map(
  (name, index) => `${index === 0 ? "FROM " : ""}{{{ imagebuilder:${name} }}}\n`,
).join("");

/** Judges a Dockerfile: it must hold each of Image Builder's placeholders, in their order, the parent's in a FROM. */
export function checkDockerfile(path: string, text: string): Validated<object> {
  const placeholder = (name: string) =>
    new RegExp(`\\{\\{\\{\\s*imagebuilder:${name}\\s*\\}\\}\\}`);
  // What is commented out isn't there.
  const lines = text.split(/\r?\n/).map((line) => (/^\s*#/.test(line) ? "" : line));
  const [parent = -1, environments = -1, components = -1] = PLACEHOLDERS.map((name) =>
    lines.findIndex((line) => placeholder(name).test(line)),
  );
  const problem = (message: string, line = 0): Problem => ({
    at: `${path}:${line + 1}`,
    path: [],
    message,
  });
  const missing = PLACEHOLDERS.filter(
    (_, index) => [parent, environments, components][index] === -1,
  );
  const problems = [
    ...(text.length > MOST_CHARACTERS
      ? [
          problem(
            `is too long for Image Builder, which takes ${MOST_CHARACTERS} characters, and has ${text.length}`,
          ),
        ]
      : []),
    ...(text.includes("\0")
      ? [problem("holds a NUL character, which Image Builder doesn't take")]
      : []),
    ...missing.map((name) =>
      problem(`lacks {{{ imagebuilder:${name} }}}, which Image Builder puts in`),
    ),
    ...(parent >= 0 && !/^\s*FROM\s+(--\S+\s+)*\{\{\{/i.test(lines[parent] ?? "")
      ? [
          problem(
            "must be FROM {{{ imagebuilder:parentImage }}}, or nothing is built on the parent",
            parent,
          ),
        ]
      : []),
    ...(missing.length === 0 && !(parent < environments && environments < components)
      ? [
          problem(
            `must hold ${PLACEHOLDERS.join(", ")} in this order`,
            Math.min(parent, environments, components),
          ),
        ]
      : []),
    ...[...text.matchAll(/\{\{\{\s*(.*?)\s*\}\}\}/g)]
      .filter(([, inner = ""]) => !PLACEHOLDERS.some((name) => inner === `imagebuilder:${name}`))
      .map(({ 0: all, index }) =>
        problem(
          `holds what Image Builder doesn't know: ${all}`,
          text.slice(0, index).split("\n").length - 1,
        ),
      ),
  ];
  return problems.length > 0 ? { problems } : { value: {}, problems };
}
