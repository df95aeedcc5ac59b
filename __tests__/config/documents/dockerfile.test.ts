import { checkDockerfile, defaultDockerfile, usersIn } from "../../../config/documents/dockerfile";
import { describeProblems } from "../../../config/problems";

/** The problems of a Dockerfile, as they are printed. */
function problemsOf(text: string): string[] {
  const { problems } = checkDockerfile("Dockerfile", text);
  const lines = describeProblems("factory.yaml", problems).split("\n");
  return lines.filter((line) => line.startsWith("  ")).map((line) => line.trim());
}

/** Contains only the placeholders. */
const DEFAULT_DOCKERFILE = defaultDockerfile("Windows");

const STAGES = `FROM golang:1.26 AS build
RUN go build -o /app ./...

FROM {{{imagebuilder:parentImage}}}
{{{ imagebuilder:environments }}}
{{{ imagebuilder:components }}}
COPY --from=build /app /app
`;

test.each([
  ["the default for Linux", defaultDockerfile("Linux")],
  ["the default for Windows", DEFAULT_DOCKERFILE],
  ["a Dockerfile of several stages", STAGES],
  [
    "FROM in other places than at the start of an instruction",
    `# escape=\`
${STAGES.replace("RUN go", "RUN <<-'END' <<OTHER\nFROM x\nEND\nFROM x\nOTHER\nRUN go")}# FROM x
RUN echo \`
# FROM x

FROM x
RUN grep x <<<FROM && echo $((1<<2))
`,
  ],
  [
    "a here-document with a hyphen in its name",
    `${DEFAULT_DOCKERFILE}RUN python3 <<'my-eof'\nFROM = 1\nmy-eof\n`,
  ],
  [
    "two stages on the parent image, the last one with the components",
    `FROM {{{ imagebuilder:parentImage }}} AS build\nRUN make\n${DEFAULT_DOCKERFILE}COPY --from=build /app /app\n`,
  ],
  [
    "a stage on an earlier stage that is on the parent image",
    DEFAULT_DOCKERFILE.replace("}}}\n", "}}} AS Base\nRUN make\nFROM base\n"),
  ],
  ["a FROM with an option", STAGES.replace("FROM {{{", "FROM --platform=linux/arm64 {{{")],
])("checkDockerfile accepts %s", (_what, text) => {
  expect(problemsOf(text)).toEqual([]);
});

const LATER_STAGE =
  "must not start another stage after {{{ imagebuilder:components }}}: the last stage is the image that is pushed, and it would lack the components";
const KNOWN = "imagebuilder:parentImage, imagebuilder:environments, imagebuilder:components";

test.each([
  [
    "an empty file",
    "",
    "Dockerfile:1 must contain the placeholder {{{ imagebuilder:parentImage }}}",
    "Dockerfile:1 must contain the placeholder {{{ imagebuilder:environments }}}",
    "Dockerfile:1 must contain the placeholder {{{ imagebuilder:components }}}",
  ],
  [
    "a placeholder in a comment",
    DEFAULT_DOCKERFILE.replace("{{{ imagebuilder:components", "# {{{ imagebuilder:components"),
    "Dockerfile:1 must contain the placeholder {{{ imagebuilder:components }}}",
  ],
  [
    "another parent",
    DEFAULT_DOCKERFILE.replace("FROM ", "FROM scratch\n# "),
    "Dockerfile:1 must contain the placeholder {{{ imagebuilder:parentImage }}}",
  ],
  [
    "a parent image that isn't in a FROM",
    DEFAULT_DOCKERFILE.replace("FROM ", "FROM scratch\nENV PARENT="),
    "Dockerfile:2 must be FROM {{{ imagebuilder:parentImage }}}: otherwise the image has another parent",
  ],
  [
    "another parent, followed by the placeholder",
    DEFAULT_DOCKERFILE.replace("FROM ", "FROM golang # "),
    "Dockerfile:1 must be FROM {{{ imagebuilder:parentImage }}}: otherwise the image has another parent",
  ],
  [
    "a later stage after text that only looks like the start of a here-document",
    `${DEFAULT_DOCKERFILE}RUN echo $((1<<N))\nLABEL x="a <<EOF"\nFROM scratch\n`,
    `Dockerfile:${DEFAULT_DOCKERFILE.trimEnd().split("\n").length + 3} ${LATER_STAGE}`,
  ],
  [
    "another order",
    DEFAULT_DOCKERFILE.split("\n").reverse().join("\n"),
    "Dockerfile:2 must contain the placeholders in the order parentImage, environments, components",
  ],
  [
    "stages after the one of the parent image, each of them",
    `${STAGES}FROM scratch AS export
COPY --from=1 / /
RUN true \\

  && true
  from {{{ imagebuilder:parentImage }}}
`,
    `Dockerfile:8 ${LATER_STAGE}`,
    `Dockerfile:13 ${LATER_STAGE}`,
  ],
  [
    "a stage between the parent image and the components",
    DEFAULT_DOCKERFILE.replace("{{{ imagebuilder:env", "FROM alpine\n{{{ imagebuilder:env"),
    "Dockerfile:2 must be FROM {{{ imagebuilder:parentImage }}}: otherwise the image has another parent",
  ],
  [
    "environments in another stage than the components",
    DEFAULT_DOCKERFILE.replace(
      "{{{ imagebuilder:comp",
      "FROM {{{ imagebuilder:parentImage }}}\n{{{ imagebuilder:comp",
    ),
    "Dockerfile:2 must be in the stage with {{{ imagebuilder:components }}}, which needs the environment variables",
  ],
  [
    "an unknown placeholder, also in a comment",
    `${DEFAULT_DOCKERFILE}RUN {{{ imagebuilder:test }}}\n# {{{ imagebuilder:test }}}\n`,
    `Dockerfile:4 contains an unknown placeholder: {{{ imagebuilder:test }}}; expected one of ${KNOWN}`,
    `Dockerfile:5 contains an unknown placeholder: {{{ imagebuilder:test }}}; expected one of ${KNOWN}`,
  ],
  [
    "more than 16000 characters",
    `${DEFAULT_DOCKERFILE}#${"x".repeat(16_000)}`,
    "Dockerfile:1 must be at most 16000 characters, got: 16105",
  ],
  [
    "a NUL character",
    `${DEFAULT_DOCKERFILE}RUN \0\n`,
    "Dockerfile:1 must not contain NUL characters",
  ],
])("checkDockerfile rejects %s", (_what, text, ...lines) => {
  expect(problemsOf(text)).toEqual(lines);
  expect(checkDockerfile("Dockerfile", text).value).toBeUndefined();
});

test.each<[string, string, object]>([
  ["the default for Linux", defaultDockerfile("Linux"), { components: "root", end: "root" }],
  ["the default for Windows", DEFAULT_DOCKERFILE, {}],
  ["a user after the components", `${STAGES}user  app:app\n`, { end: "app:app" }],
  ["a user in an earlier stage", STAGES.replace("RUN", "USER app\nRUN"), {}],
  [
    "a user of a stage that the last stage is on",
    `${DEFAULT_DOCKERFILE.split("\n")[0]} AS base\nUSER root\n${DEFAULT_DOCKERFILE.replace(/\{.*\}/, "Base")}`,
    { components: "root", end: "root" },
  ],
  [
    "a user in a comment, a continued line and a here-document",
    `${STAGES}# USER a\nRUN echo \\\nUSER b\nRUN <<EOF\nUSER c\nEOF\n`,
    {},
  ],
])("usersIn returns the users of the last stage: %s", (_, text, users) =>
  expect(usersIn(text)).toEqual(users),
);
