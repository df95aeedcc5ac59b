/**
 * A factory as a graph, read from the synthesized Terraform: accounts, pipelines, shares and
 * audiences.
 */
import { stateStackId } from "../../config/names";
import { parseShareTags, type ShareTags } from "../../contract/share-tags";

// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no types
type Json = any;

/** Terraform JSON by stack. */
export type Stacks = Readonly<Record<string, Json>>;

interface Node {
  readonly id: string;
  readonly kind: "pipeline" | "share" | "audience";
  readonly lines: readonly string[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Whether the edge is the ARN of a parent, which Image Builder resolves at build time. */
  readonly isParent?: boolean;
}

interface AccountRegionNodes {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly Node[];
}

export interface Graph {
  readonly accountRegions: readonly AccountRegionNodes[];
  readonly audiences: readonly Node[];
  readonly edges: readonly Edge[];
}

/** Creates the graph of a factory. State stacks aren't part of it. */
export function graphOf(all: Stacks): Graph {
  const stacks = Object.entries(all)
    .filter(([stack]) => !stack.startsWith(stateStackId("")))
    .sort(([one], [other]) => one.localeCompare(other));
  const accountRegions = new Map<string, { id: string; label: string; nodes: Node[] }>();
  const audiences = new Map<string, Node>();
  const edges: Edge[] = [];
  for (const [stack, json] of stacks) {
    const { id, label } = accountRegionOf(stack, json);
    const group = accountRegions.get(id) ?? { id, label, nodes: [] };
    accountRegions.set(id, group);
    const pipelines = pipelinesOf(id, stacks, json);
    const shares = sharesOf(id, json);
    group.nodes.push(...pipelines.nodes, ...shares.nodes);
    edges.push(...pipelines.edges, ...shares.edges);
    for (const audience of shares.audiences) audiences.set(audience.id, audience);
  }
  return {
    // A Region that only receives copies is named by the pipelines that copy to it.
    accountRegions: [...accountRegions.values()].filter(({ nodes }) => nodes.length > 0),
    audiences: [...audiences.values()],
    edges,
  };
}

function resourcesOf(json: Json, type: string): Json[] {
  return Object.values(json.resource?.[type] ?? {});
}

/**
 * Returns the account and Region of a stack. Several stacks can have the same: shared-eu-west-1,
 * shared-eu-west-1-web.
 */
function accountRegionOf(
  stack: string,
  json: Json,
): { readonly id: string; readonly label: string } {
  const [{ region, allowed_account_ids: accounts }] = json.provider.aws;
  const account = stack.slice(0, stack.indexOf(`-${region}`));
  return { id: `${account}-${region}`, label: `${account} · ${accounts[0]} · ${region}` };
}

function pipelineId(accountRegion: string, image: string): string {
  return `${accountRegion}/pipeline/${image}`;
}

function describeConditions({ keep, bakeHours, approval }: ShareTags): string {
  return [
    keep === 1 ? "the newest build" : `the newest ${keep} builds`,
    ...(bakeHours === 0 ? [] : [`at least ${bakeHours} h old`]),
    ...(approval === "required" ? ["approved"] : []),
  ].join(", ");
}

function audienceOf(principal: string): Node {
  const name = principal.split("/").at(-1) ?? principal;
  return { id: `audience/${name}`, kind: "audience", lines: [principalKind(principal), name] };
}

function principalKind(principal: string): string {
  if (principal.includes(":organization/")) return "organization";
  return principal.includes(":ou/") ? "OU" : "account";
}

/** Returns a node for each share, with an edge from its image and edges to its principals. */
function sharesOf(
  accountRegion: string,
  json: Json,
): { readonly nodes: Node[]; readonly audiences: Node[]; readonly edges: Edge[] } {
  const nodes: Node[] = [];
  const audiences: Node[] = [];
  const edges: Edge[] = [];
  const associations = resourcesOf(json, "aws_ram_principal_association");
  for (const [key, share] of Object.entries<Json>(json.resource?.aws_ram_resource_share ?? {})) {
    const tags = parseShareTags(share.tags);
    const { image, channel } = tags;
    const id = `${accountRegion}/share/${image}/${channel}`;
    nodes.push({ id, kind: "share", lines: [`${image} / ${channel}`, describeConditions(tags)] });
    edges.push({ from: pipelineId(accountRegion, image), to: id });
    for (const { resource_share_arn: arn, principal } of associations) {
      if (!arn.includes(`aws_ram_resource_share.${key}.`)) continue;
      const audience = audienceOf(principal);
      audiences.push(audience);
      edges.push({ from: id, to: audience.id });
    }
  }
  return { nodes, audiences, edges };
}

/** Returns the Regions that an image's AMIs are copied to. */
function copyRegions(json: Json, image: string): string[] {
  const distribution = resourcesOf(json, "aws_imagebuilder_distribution_configuration").find(
    ({ name }) => name === image,
  );
  const regions: string[] = (distribution?.distribution ?? []).map(({ region }: Json) => region);
  return regions.filter((region) => region !== json.provider.aws[0].region);
}

/** Returns the image recipes and container recipes of a stack. */
function recipesOf(json: Json): Json[] {
  return [
    ...resourcesOf(json, "aws_imagebuilder_image_recipe"),
    ...resourcesOf(json, "aws_imagebuilder_container_recipe"),
  ];
}

const PARENT_ARN = /:imagebuilder:([^:]+):(\d{12}):image\/([^/]+)\/(.+)$/;

/** Returns the pipeline of a golden parent and the versions of it that a recipe accepts. */
function goldenParentOf(
  stacks: readonly (readonly [string, Json])[],
  parent: string,
): { readonly pipeline: string; readonly range: string } | undefined {
  const [, region, account, image = "", range = ""] = PARENT_ARN.exec(parent) ?? [];
  const stack = stacks.find(
    ([, json]) =>
      json.provider.aws[0].region === region &&
      json.provider.aws[0].allowed_account_ids[0] === account &&
      recipesOf(json).some(({ name }) => name === image),
  );
  return stack && { pipeline: pipelineId(accountRegionOf(...stack).id, image), range };
}

/**
 * Shortens the parent of a recipe: an AWS-managed image to its name and version, a long SSM path to
 * its beginning.
 */
function parentLabel(parent: string): string {
  const name = parent.split(":image/").at(-1) ?? parent;
  return name.replace(/^(ssm:(?:\/?[^/]+){4}).+$/, "$1/…");
}

/** Returns a node for each recipe, with an edge from the pipeline of its golden parent. */
function pipelinesOf(
  accountRegion: string,
  stacks: readonly (readonly [string, Json])[],
  json: Json,
): { readonly nodes: Node[]; readonly edges: Edge[] } {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  for (const recipe of recipesOf(json)) {
    const { name, version, parent_image: parent, container_type: containerType } = recipe;
    const id = pipelineId(accountRegion, name);
    const golden = goldenParentOf(stacks, parent);
    const copies = copyRegions(json, name);
    const lines = [
      `${name} ${version}${containerType ? ", container" : ""}`,
      ...(golden ? [] : [`on ${parentLabel(parent)}`]),
      ...(copies.length > 0 ? [`copied to ${copies.join(", ")}`] : []),
    ];
    nodes.push({ id, kind: "pipeline", lines });
    if (golden) edges.push({ from: golden.pipeline, to: id, label: golden.range, isParent: true });
  }
  return { nodes, edges };
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}

const STYLES = {
  pipeline: 'shape=box style="rounded,filled" fillcolor="#e8f1fb" color="#2f6db5"',
  share: 'shape=box style="filled" fillcolor="#fdf3dd" color="#b5832f"',
  audience: 'shape=box style="rounded,filled" fillcolor="#eaf6ea" color="#3f8f47"',
} as const;

/** Renders a graph in Graphviz's DOT language. */
export function dot({ accountRegions, audiences, edges }: Graph): string {
  const node = ({ id, kind, lines }: Node): string =>
    `${quoted(id)} [label=${quoted(lines.join("\\n"))} ${STYLES[kind]}];`;
  const cluster = accountRegions.map(
    ({ id, label, nodes }) =>
      `subgraph ${quoted(`cluster_${id}`)} { label=${quoted(label)}; style="rounded"; color="#888888"; margin=14; ${nodes.map(node).join(" ")} }`,
  );
  const arrow = ({ from, to, label, isParent }: Edge): string =>
    `${quoted(from)} -> ${quoted(to)} [${label ? `label=${quoted(label)} ` : ""}${isParent ? "style=dashed" : ""}];`;
  return [
    "digraph factory {",
    'rankdir=LR; nodesep=0.25; ranksep=0.9; fontname="Helvetica"; fontsize=11; margin=0.2;',
    'node [fontname="Helvetica" fontsize=11 margin="0.3,0.1"]; edge [fontname="Helvetica" fontsize=10 color="#555555"];',
    ...cluster,
    ...audiences.map(node),
    ...edges.map(arrow),
    "}",
    "",
  ].join("\n");
}

/** Renders a graph in Mermaid, which GitHub and GitLab draw. */
export function mermaid({ accountRegions, audiences, edges }: Graph): string {
  const name = (id: string): string => id.replace(/[^A-Za-z0-9]/g, "_");
  const node = ({ id, kind, lines }: Node): string => {
    const text = `"${lines.join("<br>").replaceAll('"', "'")}"`;
    return `${name(id)}${kind === "share" ? `[${text}]` : `(${text})`}`;
  };
  const arrow = ({ from, to, label, isParent }: Edge): string =>
    `  ${name(from)} ${isParent ? "-.->" : "-->"}${label ? `|${label}|` : ""} ${name(to)}`;
  return [
    "flowchart LR",
    ...accountRegions.flatMap(({ id, label, nodes }) => [
      `  subgraph ${name(id)}["${label}"]`,
      ...nodes.map((one) => `    ${node(one)}`),
      "  end",
    ]),
    ...audiences.map((one) => `  ${node(one)}`),
    ...edges.map(arrow),
    "",
  ].join("\n");
}
