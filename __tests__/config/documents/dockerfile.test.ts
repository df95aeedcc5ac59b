import { checkDockerfile, DEFAULT_DOCKERFILE } from "../../../config/documents/dockerfile";

function problems(text: string): string[] {
  const checked = checkDockerfile("Dockerfile", text);
  return checked.problems.map(({ at, message }) => `${at} ${message}`);
}

test("the default is right, and so is one with more around it, in stages", () => {
  expect(problems(DEFAULT_DOCKERFILE)).toEqual([]);
  expect(
    problems(`FROM golang:1.26 AS build
RUN go build -o /app ./...

FROM {{{imagebuilder:parentImage}}}
# {{{ imagebuilder:nothing }}} is a comment
{{{ imagebuilder:environments }}}
{{{ imagebuilder:components }}}
COPY --from=build /app /app
`),
  ).toEqual(["Dockerfile:5 holds what Image Builder doesn't know: {{{ imagebuilder:nothing }}}"]);
});

test.each([
  [
    "nothing",
    "",
    "Dockerfile:1 lacks {{{ imagebuilder:parentImage }}}, which Image Builder puts in",
    "Dockerfile:1 lacks {{{ imagebuilder:environments }}}, which Image Builder puts in",
    "Dockerfile:1 lacks {{{ imagebuilder:components }}}, which Image Builder puts in",
  ],
  [
    "a placeholder that is commented out",
    DEFAULT_DOCKERFILE.replace("{{{ imagebuilder:components", "# {{{ imagebuilder:components"),
    "Dockerfile:1 lacks {{{ imagebuilder:components }}}, which Image Builder puts in",
  ],
  [
    "another parent",
    DEFAULT_DOCKERFILE.replace("FROM ", "FROM scratch\n# "),
    "Dockerfile:1 lacks {{{ imagebuilder:parentImage }}}, which Image Builder puts in",
  ],
  [
    "a parent that nothing is built on",
    DEFAULT_DOCKERFILE.replace("FROM ", "FROM scratch\nENV PARENT="),
    "Dockerfile:2 must be FROM {{{ imagebuilder:parentImage }}}, or nothing is built on the parent",
  ],
  [
    "another parent, with the right one behind",
    DEFAULT_DOCKERFILE.replace("FROM ", "FROM golang # "),
    "Dockerfile:1 must be FROM {{{ imagebuilder:parentImage }}}, or nothing is built on the parent",
  ],
  [
    "another order",
    DEFAULT_DOCKERFILE.split("\n").reverse().join("\n"),
    "Dockerfile:2 must hold parentImage, environments, components in this order",
  ],
  [
    "a placeholder that is none",
    `${DEFAULT_DOCKERFILE}RUN {{{ imagebuilder:test }}}\nRUN {{{ imagebuilder:test }}}\n`,
    "Dockerfile:4 holds what Image Builder doesn't know: {{{ imagebuilder:test }}}",
    "Dockerfile:5 holds what Image Builder doesn't know: {{{ imagebuilder:test }}}",
  ],
  [
    "what is too long",
    `${DEFAULT_DOCKERFILE}#${"x".repeat(16_000)}`,
    "Dockerfile:1 is too long for Image Builder, which takes 16000 characters, and has 16105",
  ],
])("refuses %s", (_what, text, ...lines) => {
  expect(problems(text)).toEqual(lines);
});
