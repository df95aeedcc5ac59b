import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { instance } from "@viz-js/viz";
import { darkReplacements, palette } from "../../../cli/authoring/colors";
import { describe as describeGraph } from "../../../cli/authoring/describe";
import { type Graph, graphOf, orderOf } from "../../../cli/authoring/graph";
import { LEGEND } from "../../../cli/authoring/legend";
import { isWithinMermaidLimits, MERMAID_LIMITS, mermaid } from "../../../cli/authoring/mermaid";
import { fitsOnePicture, MAX_IMAGES, picturesOf } from "../../../cli/authoring/pictures";
import { svg } from "../../../cli/authoring/svg";
import {
  loadMinimal,
  minimalContainer,
  minimalFactory,
  type Raw,
  withFolder,
} from "../../../tools/fixtures/factory-file";
import { synth, synthFactory } from "../../../tools/fixtures/synth";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";

/** The graph of the tests' small factory after `mutate` changed it, in the order of its file. */
function graphWith(mutate: (file: Raw) => unknown): Graph {
  const factory = loadMinimal(mutate);
  return graphOf(synthFactory(factory), orderOf(factory));
}

function withChannels(f: Raw): void {
  f.images.base.share.channels = {
    stable: { principals: { organization: true }, approval: "required" },
    canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] }, keep: 1, bakeHours: 24 },
    partners: { principals: { accounts: ["333333333333"] }, keep: 2 },
  };
}

/** Adds images until the small factory, which has three, has `count`. */
function withImages(count: number) {
  return (f: Raw): void => {
    for (let number = 4; number <= count; number++)
      f.images[`web-${number}`] = structuredClone(f.images.web);
  };
}

const graph = graphWith(withChannels);
/**
 * All other shared images are built on one: its picture draws up to 30 of them, or their number.
 */
const graphOf31 = graphWith(withImages(MAX_IMAGES + 1));
const graphOf32 = graphWith(withImages(MAX_IMAGES + 2));
const SHARED = "shared-eu-west-1";

describe("graphOf", () => {
  test("groups pipelines and shares by account and Region, without the state stacks", () => {
    expect(
      graph.accountRegions.map(({ label, nodes }) => [
        label,
        nodes.map(({ lines }) => lines.join(", ")),
      ]),
    ).toEqual([
      [
        "shared · 111111111111 · eu-west-1",
        [
          "base 1.0.0, on amazon-linux-2023-x86/x.x.x",
          "web 1.0.0",
          "base / stable, the newest 3 builds, approved",
          "base / canary, the newest build, at least 24 h old",
          "base / partners, the newest 2 builds",
        ],
      ],
      ["payments · 222222222222 · eu-west-1", ["payments-web 1.0.0"]],
    ]);
  });

  test("sorts accounts, images and channels by name without the order of a factory file", () => {
    const { accountRegions } = graphOf(synth(withChannels));
    expect(accountRegions.flatMap(({ nodes }) => nodes.map(({ key }) => key))).toEqual([
      "payments/payments-web",
      "shared/base",
      "shared/web",
      "shared/base/canary",
      "shared/base/partners",
      "shared/base/stable",
    ]);
  });

  test("draws an edge from a golden parent to each shared image built on it, labelled with the accepted versions", () => {
    expect(graph.edges.filter(({ from }) => from === `${SHARED}/pipeline/base`)).toContainEqual({
      from: `${SHARED}/pipeline/base`,
      to: `${SHARED}/pipeline/web`,
      label: "x.x.x",
      isParent: true,
    });
  });

  test("ties an image of an app account to the channels that serve the account: by name, by the organization, or if it is in an OU", () => {
    const { edges, audiences } = graphWith((f) => {
      f.images.base.share.channels = {
        stable: { principals: { organization: true } },
        canary: { principals: { organizationalUnits: ["ou-abcd-11111111"] } },
        early: { principals: { organizationalUnits: ["ou-abcd-11111111", "ou-abcd-22222222"] } },
        payments: { principals: { accounts: ["222222222222"] } },
        partners: { principals: { accounts: ["333333333333"] } },
      };
    });
    const served = edges.filter(({ to }) => to === "payments-eu-west-1/pipeline/payments-web");
    expect(served.map(({ from, label }) => [from, label])).toEqual([
      [`${SHARED}/share/base/stable`, "x.x.x\norganization"],
      [`${SHARED}/share/base/canary`, "x.x.x\nif in ou-abcd-11111111"],
      [`${SHARED}/share/base/early`, "x.x.x\nif in one of 2 OUs"],
      [`${SHARED}/share/base/payments`, "x.x.x"],
    ]);
    expect(audiences.map(({ id }) => id)).not.toContain("audience/222222222222");
  });

  test("names an app account that a channel serves without building on it", () => {
    const { audiences } = graphWith((f) => {
      f.images.web.share = { channels: { stable: { principals: { accounts: ["222222222222"] } } } };
    });
    expect(audiences.map(({ lines }) => lines.join(" "))).toContain(
      "account payments 222222222222",
    );
  });

  test("draws an audience of more than ten accounts as one node", () => {
    const accounts = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => String(300000000000 + index));
    const linesWith = (count: number): string[] =>
      graphWith((f) => {
        f.images.web.share = {
          channels: { stable: { principals: { accounts: accounts(count) } } },
        };
      }).audiences.map(({ lines }) => lines.join(" "));
    expect(linesWith(10)).toHaveLength(11);
    expect(linesWith(11)).toEqual(["organization o-abcdefghij", "11 accounts"]);
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

test("mermaid renders the small factory", () => {
  expect(mermaid(graph)).toMatchInlineSnapshot(`
    "flowchart LR
      subgraph shared_eu_west_1["shared · 111111111111 · eu-west-1"]
        shared_eu_west_1__pipeline__base("base 1.0.0<br>on amazon-linux-2023-x86/x.x.x"):::pipeline
        shared_eu_west_1__pipeline__web("web 1.0.0"):::pipeline
        shared_eu_west_1__share__base__stable["base / stable<br>the newest 3 builds, approved"]:::share
        shared_eu_west_1__share__base__canary["base / canary<br>the newest build, at least 24 h old"]:::share
        shared_eu_west_1__share__base__partners["base / partners<br>the newest 2 builds"]:::share
      end
      subgraph payments_eu_west_1["payments · 222222222222 · eu-west-1"]
        payments_eu_west_1__pipeline__payments_web("payments-web 1.0.0"):::pipeline
      end
      audience__o_abcdefghij(["organization<br>o-abcdefghij"]):::audience
      audience__ou_abcd_11111111(["OU<br>ou-abcd-11111111"]):::audience
      audience__333333333333(["account<br>333333333333"]):::audience
      shared_eu_west_1__pipeline__base --> shared_eu_west_1__share__base__stable
      shared_eu_west_1__pipeline__base --> shared_eu_west_1__share__base__canary
      shared_eu_west_1__pipeline__base --> shared_eu_west_1__share__base__partners
      shared_eu_west_1__share__base__stable --> audience__o_abcdefghij
      shared_eu_west_1__share__base__canary --> audience__ou_abcd_11111111
      shared_eu_west_1__share__base__partners --> audience__333333333333
      shared_eu_west_1__pipeline__base -.->|"x.x.x"| shared_eu_west_1__pipeline__web
      shared_eu_west_1__share__base__stable -.->|"x.x.x<br>organization"| payments_eu_west_1__pipeline__payments_web
      shared_eu_west_1__share__base__canary -.->|"x.x.x<br>if in ou-abcd-11111111"| payments_eu_west_1__pipeline__payments_web
      subgraph legend["Legend (frame: account · account ID · Region)"]
        legend__image("image and version<br>on its parent"):::pipeline
        legend__channel["image / channel<br>builds that it shares"]:::share
        legend__child("image built on it"):::pipeline
        legend__user("image built on it<br>in an app account"):::pipeline
        legend__audience(["audience"]):::audience
      end
      legend__image --> legend__channel
      legend__image -.->|"accepted versions"| legend__child
      legend__channel -.->|"accepted versions,<br>membership"| legend__user
      legend__channel -->|"shares with"| legend__audience
      classDef pipeline fill:#e8f1fb,stroke:#2f6db5,color:#1f2328
      classDef share fill:#fdf3dd,stroke:#a67524,color:#1f2328
      classDef audience fill:#eaf6ea,stroke:#3f8f47,color:#1f2328
      classDef summary fill:#f0f0f2,stroke:#6a737d,color:#1f2328
    "
  `);
});

test("svg and mermaid draw every node and every edge, and the legend", async () => {
  const nodes = [...graph.accountRegions, LEGEND].flatMap((group) => group.nodes);
  const drawing = svg(await instance(), graph, { title: "Title", lines: [] });
  const texts = drawing.replaceAll("&#45;", "-");
  for (const { lines } of [...nodes, ...graph.audiences])
    for (const line of lines) expect(texts).toContain(`>${line}</text>`);
  // The edges to channels are rows of a table.
  const toChannels = graph.edges.filter(
    ({ from, to }) => from.includes("/pipeline/") && to.includes("/share/"),
  );
  const legendEdges = LEGEND.edges.length - 1;
  expect(drawing.match(/class="edge"/g)).toHaveLength(
    graph.edges.length - toChannels.length + legendEdges,
  );

  const text = mermaid(graph);
  expect(text.match(/^ {2,4}\w+[[(]+"/gm)).toHaveLength(nodes.length + graph.audiences.length);
  expect(text.match(/ (-->|-\.->)/g)).toHaveLength(graph.edges.length + LEGEND.edges.length);
});

test("svg draws the channels of an image in the order of the factory file", async () => {
  const drawing = svg(await instance(), graph, { title: "Title", lines: [] });
  const heights = ["stable", "canary", "partners"].map((channel) =>
    Number(new RegExp(` y="(-?[0-9.]+)"[^>]*>base / ${channel}<`).exec(drawing)?.[1]),
  );
  expect(heights).toEqual(heights.toSorted((one, other) => one - other));
  expect(heights).not.toContain(Number.NaN);
});

test("svg has a text alternative, which is escaped", async () => {
  const drawing = svg(await instance(), graph, { title: "A & B", lines: ["one <two>", "three"] });
  expect(drawing).toMatch(/<svg role="img" aria-labelledby="title description" /);
  expect(drawing).toContain('<title id="title">A &amp; B</title>');
  expect(drawing).toContain('<desc id="description">one &lt;two&gt;\nthree</desc>');
});

test("describe returns the text of a picture, with the number of images that it doesn't draw", () => {
  expect(describeGraph(graph)).toEqual([
    "shared · 111111111111 · eu-west-1:",
    "Image base 1.0.0, on amazon-linux-2023-x86/x.x.x.",
    "Image web 1.0.0, on base 1.0.0 (x.x.x).",
    "Channel base / stable: the newest 3 builds, approved, for organization o-abcdefghij.",
    "Channel base / canary: the newest build, at least 24 h old, for OU ou-abcd-11111111.",
    "Channel base / partners: the newest 2 builds, for account 333333333333.",
    "payments · 222222222222 · eu-west-1:",
    "Image payments-web 1.0.0, on base / stable (x.x.x, organization), on base / canary (x.x.x, if in ou-abcd-11111111).",
  ]);
  const [picture] = picturesOf(graphOf32);
  expect(picture && describeGraph(picture.graph).slice(-2)).toEqual([
    "base 1.0.0: 30 images built on it.",
    "base / stable: 1 image built on it.",
  ]);
});

test("mermaid gives channels of different images different names", () => {
  const { nodes } = LEGEND;
  const ids = ["a/share/web/prod-stable", "a/share/web-prod/stable"];
  const text = mermaid({
    accountRegions: [],
    audiences: ids.flatMap((id) => nodes.slice(0, 1).map((node) => ({ ...node, id }))),
    edges: [],
  });
  expect(text).toContain("  a__share__web__prod_stable(");
  expect(text).toContain("  a__share__web_prod__stable(");
});

/** Contrast as WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test.each(["light", "dark"] as const)("%s colors have the contrast of WCAG AA", (scheme) => {
  const { background, text, edge, frame, nodes } = palette(scheme);
  for (const fill of [background, ...Object.values(nodes).map((node) => node.fill)])
    expect(contrast(text, fill)).toBeGreaterThan(7);
  for (const line of [edge, frame, ...Object.values(nodes).map((node) => node.stroke)])
    expect(contrast(line, background)).toBeGreaterThan(3);
});

test("each light color has one dark color", () => {
  const light = darkReplacements().map(([color]) => color);
  expect(new Set(light).size).toBe(light.length);
});

describe("the limits of one picture", () => {
  test("fitsOnePicture accepts 30 images, however many Regions build them, and rejects 31", () => {
    const inTwoRegions = (f: Raw): void => {
      withImages(MAX_IMAGES)(f);
      f.sharedAccount.regions["us-east-1"] = {};
    };
    expect(fitsOnePicture(graphWith(inTwoRegions))).toBe(true);
    expect(fitsOnePicture(graphOf31)).toBe(false);
  });

  test("fitsOnePicture rejects a few images whose Mermaid GitHub wouldn't draw", () => {
    const edges = Array.from({ length: MERMAID_LIMITS.edges }, () => ({ from: "a", to: "b" }));
    expect(fitsOnePicture({ ...graph, edges })).toBe(false);
  });

  test("isWithinMermaidLimits accepts 50,000 characters and 500 edges with the legend, and no more", () => {
    const edges = (count: number): Graph => ({
      ...graph,
      edges: Array.from({ length: count - LEGEND.edges.length }, () => ({ from: "a", to: "b" })),
    });
    expect(isWithinMermaidLimits("x".repeat(50_000), edges(500))).toBe(true);
    expect(isWithinMermaidLimits("x".repeat(50_001), edges(500))).toBe(false);
    expect(isWithinMermaidLimits("", edges(501))).toBe(false);
  });
});

describe("picturesOf", () => {
  test("draws each image with its parent, its channels and the images built on it", () => {
    const pictures = picturesOf(graph).map(
      ({ key, graph: { accountRegions, audiences, edges } }) => [
        key,
        accountRegions.flatMap(({ nodes }) => nodes.map((node) => node.key)),
        audiences.length,
        edges.length,
      ],
    );
    const channels = ["shared/base/stable", "shared/base/canary", "shared/base/partners"];
    expect(pictures).toEqual([
      ["shared/base", ["shared/base", "shared/web", ...channels, "payments/payments-web"], 3, 9],
      ["shared/web", ["shared/base", "shared/web"], 0, 1],
      [
        "payments/payments-web",
        ["shared/base", ...channels.slice(0, 2), "payments/payments-web"],
        0,
        4,
      ],
    ]);
  });

  test("draws more than 30 images that are built on one as a number", () => {
    const all = picturesOf(graphOf31)[0]?.graph;
    expect(all?.accountRegions.flatMap(({ nodes }) => nodes)).toHaveLength(MAX_IMAGES + 2);
    const many = picturesOf(graphOf32)[0]?.graph;
    expect(many?.accountRegions.flatMap(({ nodes }) => nodes)).toHaveLength(2);
    expect(many?.audiences.map(({ lines }) => lines.join(" "))).toEqual([
      "organization o-abcdefghij",
      "30 images built on it",
      "1 image built on it",
    ]);
  });
});

describe("factory diagram", () => {
  const folder = mkdtempSync(join(tmpdir(), "diagram-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  function run(...args: readonly string[]): Promise<Result> {
    return runInProcess(args, { ...process.env, FACTORY_CONFIG: undefined });
  }

  async function synthesize(file: string, outdir: string): Promise<void> {
    const env = { ...process.env, FACTORY_CONFIG: file, CDKTF_OUTDIR: outdir };
    expect((await runInProcess(["synth"], env)).status).toBe(0);
  }

  test("draws docs/example.svg and docs/example.mmd of the complete example (update: npm run diagram:example)", async () => {
    const [outdir, target] = [join(folder, "out"), join(folder, "example")];
    await synthesize("examples/complete/factory.yaml", outdir);
    expect(await run("diagram", outdir, target)).toEqual({
      status: 0,
      stdout: `wrote ${target}.svg and ${target}.mmd: shared · 111111111111 · eu-west-1; shared · 111111111111 · us-east-1; payments · 222222222222 · eu-west-1; warehouse · 333333333333 · us-east-1\n`,
      stderr: "",
    });
    for (const type of ["svg", "mmd"])
      expect(readFileSync(join(folder, `example.${type}`), "utf8")).toBe(
        readFileSync(`docs/example.${type}`, "utf8"),
      );
  });

  describe("of more images than one picture shows", () => {
    const source = join(folder, "many");
    const outdir = join(source, "cdktf.out");
    const target = join(folder, "pictures");
    const places = "shared · 111111111111 · eu-west-1; shared · 111111111111 · us-east-1";
    const draw = () => run("diagram", outdir, target);
    const files = (): string[] => readdirSync(target, { recursive: true }).map(String).sort();

    beforeAll(() => {
      const file = minimalFactory();
      const { base } = file.images;
      const names = Array.from({ length: MAX_IMAGES + 1 }, (_, index) => `base-${index + 1}`);
      file.sharedAccount.regions["us-east-1"] = {};
      file.images = Object.fromEntries(names.map((name) => [name, base]));
      delete file.appAccounts;
      withFolder({ file }, (path) => cpSync(dirname(path), source, { recursive: true }));
      return synthesize(join(source, "factory.yaml"), outdir);
    });

    test("writes an index and two small pictures for each image, and removes those of an earlier diagram", async () => {
      mkdirSync(join(target, "shared"), { recursive: true });
      writeFileSync(`${target}.svg`, "one picture");
      expect(await draw()).toEqual({
        status: 0,
        stdout: `wrote ${target}/index.md and 62 files that it links: ${places}\nremoved ${target}.svg, which isn't part of the diagram any more\n`,
        stderr: "",
      });
      expect(existsSync(`${target}.svg`)).toBe(false);
      const written = files();
      expect(written).toHaveLength(64);
      expect(written).toEqual(
        expect.arrayContaining(["index.md", "shared/base-31.mmd", "shared/base-31.svg"]),
      );
      for (const file of written.filter((name) => name.endsWith(".mmd")))
        expect(readFileSync(join(target, file), "utf8").length).toBeLessThan(3_000);

      const index = join(target, "index.md");
      const page = readFileSync(index, "utf8");
      expect(page).toContain(
        "| [base-31](shared/base-31.svg) | eu-west-1, us-east-1 | stable | [Mermaid](shared/base-31.mmd) |",
      );
      for (const name of ["old.svg", "kept.svg"]) writeFileSync(join(target, "shared", name), "");
      writeFileSync(index, `${page}[old](shared/old.svg) [outside](../example.svg)\n`);
      const drawn = JSON.parse((await run("diagram", outdir, target, "--json")).stdout);
      expect(drawn.removed).toEqual([`${target}/shared/old.svg`]);
      expect(drawn.written).toHaveLength(63);
      expect(drawn.written).toContain(`${target}/shared/base-31.svg`);
      expect(files()).toEqual([...written, "shared/kept.svg"].sort());
      expect(readFileSync(index, "utf8")).toBe(page);
    });

    test("doesn't overwrite an index.md that another program or a person wrote", async () => {
      const index = join(target, "index.md");
      writeFileSync(index, "# Ours\n");
      expect(await draw()).toEqual({
        status: 1,
        stdout: "",
        stderr: `${index} wasn't written by \`factory diagram\`, and would be overwritten: choose another TARGET\n`,
      });
      expect(readFileSync(index, "utf8")).toBe("# Ours\n");
    });
  });

  test("reports a folder without synthesized stacks", async () => {
    expect(await run("diagram", folder)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${folder}/manifest.json doesn't exist: run \`npx --no factory synth\` first\n`,
    });
  });
});
