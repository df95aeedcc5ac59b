import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot, graphOf, mermaid } from "../../../cli/authoring/graph";
import { minimalContainer } from "../../../tools/fixtures/factory-file";
import { synth } from "../../../tools/fixtures/synth";

const picture = graphOf(
  synth((f) => {
    f.images.base.share.channels = {
      canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] }, keep: 1, bakeHours: 24 },
      stable: { principals: { organization: true }, approval: "required" },
      partners: { principals: { accounts: ["333333333333"] }, keep: 2 },
    };
  }),
);
const SHARED = "shared-eu-west-1";

test("every account and Region is a place with its pipelines and shares; state isn't drawn", () => {
  expect(
    picture.places.map(({ label, nodes }) => [label, nodes.map(({ lines }) => lines.join(", "))]),
  ).toEqual([
    ["payments · 222222222222 · eu-west-1", ["payments-web 1.0.0"]],
    [
      "shared · 111111111111 · eu-west-1",
      [
        "base 1.0.0, on amazon-linux-2023-x86/x.x.x",
        "base / canary, the newest build, 24 h old",
        "base / partners, the newest 2",
        "base / stable, the newest 3, approved",
        "web 1.0.0",
      ],
    ],
  ]);
});

test("a golden parent leads to what is built on it, by the versions that it takes", () => {
  const from = `${SHARED}/pipeline/base`;
  expect(picture.edges.filter(({ isLoose }) => isLoose)).toEqual([
    { from, to: "payments-eu-west-1/pipeline/payments-web", label: "x.x.x", isLoose: true },
    { from, to: `${SHARED}/pipeline/web`, label: "x.x.x", isLoose: true },
  ]);
});

test("containers are drawn as images are, with what they are", () => {
  const containers = graphOf(
    synth((f) => {
      f.containers = { runtime: minimalContainer(), java: minimalContainer({ golden: "runtime" }) };
    }),
  );
  const lines = containers.places.flatMap(({ nodes }) =>
    nodes.map((node) => node.lines.join(", ")),
  );
  expect(lines).toContain(
    "runtime 1.0.0, container, on public.ecr.aws/amazonlinux/amazonlinux:2023",
  );
  expect(containers.edges).toContainEqual({
    from: `${SHARED}/pipeline/runtime`,
    to: `${SHARED}/pipeline/java`,
    label: "x.x.x",
    isLoose: true,
  });
});

test("an image leads to its shares, and a share to whom it is for", () => {
  const solid = picture.edges
    .filter(({ isLoose }) => !isLoose)
    .map(({ from, to }) => `${from} → ${to}`);
  expect(solid.sort()).toEqual([
    `${SHARED}/pipeline/base → ${SHARED}/share/base/canary`,
    `${SHARED}/pipeline/base → ${SHARED}/share/base/partners`,
    `${SHARED}/pipeline/base → ${SHARED}/share/base/stable`,
    `${SHARED}/share/base/canary → audience/ou-abcd-11111111`,
    `${SHARED}/share/base/partners → audience/333333333333`,
    `${SHARED}/share/base/stable → audience/o-abcdefghij`,
  ]);
  expect(picture.audiences.map(({ lines }) => lines.join(" ")).sort()).toEqual([
    "account 333333333333",
    "organization o-abcdefghij",
    "unit ou-abcd-11111111",
  ]);
});

test("both languages draw every node and edge", () => {
  const nodes = [...picture.places.flatMap((place) => place.nodes), ...picture.audiences];
  expect(dot(picture).match(/\[label=.*?fillcolor/g)).toHaveLength(nodes.length);
  expect(dot(picture).match(/ -> /g)).toHaveLength(picture.edges.length);
  expect(mermaid(picture).match(/^ {2,4}\w+[[(]"/gm)).toHaveLength(
    nodes.length + picture.places.length - picture.places.length,
  );
  expect(mermaid(picture).match(/ (-->|-\.->)/g)).toHaveLength(picture.edges.length);
});

describe("npm run diagram", () => {
  const folder = mkdtempSync(join(tmpdir(), "diagram-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("draws what the README shows, of the example with every key; if not: npm run diagram:example", () => {
    const env = {
      ...process.env,
      FACTORY_CONFIG: "examples/complete/factory.yaml",
      CDKTF_OUTDIR: join(folder, "out"),
    };
    execFileSync(process.execPath, ["dist/main.js"], { env });
    execFileSync(process.execPath, [
      "dist/diagram.js",
      join(folder, "out"),
      join(folder, "example"),
    ]);
    for (const type of ["svg", "mmd"])
      expect(readFileSync(join(folder, `example.${type}`), "utf8")).toBe(
        readFileSync(`docs/example.${type}`, "utf8"),
      );
  });

  test("asks for a synthesized factory", () => {
    const { status, stderr } = spawnSync(process.execPath, ["dist/diagram.js", folder], {
      encoding: "utf8",
    });
    expect(stderr).toBe(`there is no ${folder}/stacks: run \`npm run synth\` first\n`);
    expect(status).toBe(1);
  });
});
