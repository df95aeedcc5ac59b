import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot, graphOf, mermaid } from "../../../cli/authoring/graph";
import { minimalContainer } from "../../../tools/fixtures/factory-file";
import { synth } from "../../../tools/fixtures/synth";
import { runFactory } from "../run-factory";

const graph = graphOf(
  synth((f) => {
    f.images.base.share.channels = {
      canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] }, keep: 1, bakeHours: 24 },
      stable: { principals: { organization: true }, approval: "required" },
      partners: { principals: { accounts: ["333333333333"] }, keep: 2 },
    };
  }),
);
const SHARED = "shared-eu-west-1";

describe("graphOf", () => {
  test("groups pipelines and shares by account and Region, without the state stacks", () => {
    expect(
      graph.accountRegions.map(({ label, nodes }) => [
        label,
        nodes.map(({ lines }) => lines.join(", ")),
      ]),
    ).toEqual([
      ["payments · 222222222222 · eu-west-1", ["payments-web 1.0.0"]],
      [
        "shared · 111111111111 · eu-west-1",
        [
          "base 1.0.0, on amazon-linux-2023-x86/x.x.x",
          "base / canary, the newest build, at least 24 h old",
          "base / partners, the newest 2 builds",
          "base / stable, the newest 3 builds, approved",
          "web 1.0.0",
        ],
      ],
    ]);
  });

  test("draws an edge from a golden parent to each image built on it, labelled with the accepted versions", () => {
    const from = `${SHARED}/pipeline/base`;
    expect(graph.edges.filter(({ isParent }) => isParent)).toEqual([
      { from, to: "payments-eu-west-1/pipeline/payments-web", label: "x.x.x", isParent: true },
      { from, to: `${SHARED}/pipeline/web`, label: "x.x.x", isParent: true },
    ]);
  });

  test("names a parent of another team, also one in an account of the factory, and draws no edge from it", () => {
    const parent = (owner: string) => ({
      parent: { arn: `arn:aws:imagebuilder:{region}:${owner}:image/company-linux/2.x.x` },
      rootVolume: { device: "/dev/xvda" },
      volumes: [],
    });
    const { accountRegions, edges } = graphOf(
      synth((f) => {
        Object.assign(f.images.base, parent("111111111111"));
        Object.assign(f.images.web, parent("666666666666"));
        delete f.appAccounts;
      }),
    );
    const lines = accountRegions.flatMap(({ nodes }) => nodes.map((node) => node.lines.join(", ")));
    expect(lines).toEqual(
      expect.arrayContaining([
        "base 1.0.0, on company-linux/2.x.x",
        "web 1.0.0, on company-linux/2.x.x",
      ]),
    );
    expect(edges.filter(({ isParent }) => isParent)).toEqual([]);
  });

  test("marks containers and draws their parents like those of images", () => {
    const containers = graphOf(
      synth((f) => {
        f.containers = {
          runtime: minimalContainer(),
          java: minimalContainer({ golden: "runtime" }),
        };
      }),
    );
    const lines = containers.accountRegions.flatMap(({ nodes }) =>
      nodes.map((node) => node.lines.join(", ")),
    );
    expect(lines).toContain(
      "runtime 1.0.0, container, on public.ecr.aws/amazonlinux/amazonlinux:2023",
    );
    expect(containers.edges).toContainEqual({
      from: `${SHARED}/pipeline/runtime`,
      to: `${SHARED}/pipeline/java`,
      label: "x.x.x",
      isParent: true,
    });
  });

  test("draws edges from an image to its shares, and from a share to its audience", () => {
    const edges = graph.edges
      .filter(({ isParent }) => !isParent)
      .map(({ from, to }) => `${from} → ${to}`);
    expect(edges.sort()).toEqual([
      `${SHARED}/pipeline/base → ${SHARED}/share/base/canary`,
      `${SHARED}/pipeline/base → ${SHARED}/share/base/partners`,
      `${SHARED}/pipeline/base → ${SHARED}/share/base/stable`,
      `${SHARED}/share/base/canary → audience/ou-abcd-11111111`,
      `${SHARED}/share/base/partners → audience/333333333333`,
      `${SHARED}/share/base/stable → audience/o-abcdefghij`,
    ]);
    expect(graph.audiences.map(({ lines }) => lines.join(" ")).sort()).toEqual([
      "OU ou-abcd-11111111",
      "account 333333333333",
      "organization o-abcdefghij",
    ]);
  });
});

test("dot and mermaid render every node and every edge", () => {
  const nodes = [...graph.accountRegions.flatMap((group) => group.nodes), ...graph.audiences];
  expect(dot(graph).match(/\[label=.*?fillcolor/g)).toHaveLength(nodes.length);
  expect(dot(graph).match(/ -> /g)).toHaveLength(graph.edges.length);
  expect(mermaid(graph).match(/^ {2,4}\w+[[(]"/gm)).toHaveLength(nodes.length);
  expect(mermaid(graph).match(/ (-->|-\.->)/g)).toHaveLength(graph.edges.length);
});

describe("factory diagram", () => {
  const folder = mkdtempSync(join(tmpdir(), "diagram-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("draws docs/example.svg and docs/example.mmd of the complete example (update: npm run diagram:example)", () => {
    const [outdir, target] = [join(folder, "out"), join(folder, "example")];
    const env = {
      ...process.env,
      FACTORY_CONFIG: "examples/complete/factory.yaml",
      CDKTF_OUTDIR: outdir,
    };
    execFileSync(process.execPath, ["dist/main.js"], { env });
    expect(runFactory(["diagram", outdir, target])).toEqual({
      status: 0,
      stdout: `wrote ${target}.svg and ${target}.mmd: payments · 222222222222 · eu-west-1; shared · 111111111111 · eu-west-1; shared · 111111111111 · us-east-1; warehouse · 333333333333 · us-east-1\n`,
      stderr: "",
    });
    for (const type of ["svg", "mmd"])
      expect(readFileSync(join(folder, `example.${type}`), "utf8")).toBe(
        readFileSync(`docs/example.${type}`, "utf8"),
      );
  });

  test("reports a folder without synthesized stacks", () => {
    expect(runFactory(["diagram", folder])).toEqual({
      status: 1,
      stdout: "",
      stderr: `${folder}/manifest.json doesn't exist: run \`npx --no factory synth\` first\n`,
    });
  });
});
