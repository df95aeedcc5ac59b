/** A factory as a graph, from the synthesized Terraform: accounts, pipelines, shares, and who gets what. */

// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON as it comes
type Json = any;

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
  /** By an ARN that is resolved when something is built. */
  readonly isLoose?: boolean;
}

export interface Graph {
  /** An account in a Region, with what is there. */
  readonly places: readonly {
    readonly id: string;
    readonly label: string;
    readonly nodes: readonly Node[];
  }[];
  /** Who is meant by principals. */
  readonly audiences: readonly Node[];
  readonly edges: readonly Edge[];
}

function every(json: Json, type: string): Json[] {
  return Object.values(json.resource?.[type] ?? {});
}

/** `shared-eu-west-1-web` is in the place of `shared-eu-west-1`. */
function placeOf(stack: string, json: Json): { readonly id: string; readonly label: string } {
  const [{ region, allowed_account_ids: accounts }] = json.provider.aws;
  const account = stack.slice(0, stack.indexOf(`-${region}`));
  return { id: `${account}-${region}`, label: `${account} · ${accounts[0]} · ${region}` };
}

function pipelineId(place: string, image: string): string {
  return `${place}/pipeline/${image}`;
}

/** What a share's tags say of its builds, in words. */
function policyInWords(tags: Readonly<Record<string, string>>): string {
  const {
    "golden-image:keep": keep,
    "golden-image:bake-hours": hours,
    "golden-image:approval": approval,
  } = tags;
  return [
    keep === "1" ? "the newest build" : `the newest ${keep}`,
    ...(hours === "0" ? [] : [`${hours} h old`]),
    ...(approval === "required" ? ["approved"] : []),
  ].join(", ");
}

function audienceOf(principal: string): Node {
  const last = principal.split("/").at(-1) ?? principal;
  const kind = principal.includes(":organization/")
    ? "organization"
    : principal.includes(":ou/")
      ? "unit"
      : "account";
  return { id: `audience/${last}`, kind: "audience", lines: [kind, last] };
}

function sharesOf(
  place: string,
  json: Json,
): { readonly nodes: Node[]; readonly audiences: Node[]; readonly edges: Edge[] } {
  const nodes: Node[] = [];
  const audiences: Node[] = [];
  const edges: Edge[] = [];
  for (const [key, share] of Object.entries<Json>(json.resource?.aws_ram_resource_share ?? {})) {
    const { "golden-image:image": image, "golden-image:channel": channel } = share.tags;
    const id = `${place}/share/${image}/${channel}`;
    nodes.push({ id, kind: "share", lines: [`${image} / ${channel}`, policyInWords(share.tags)] });
    edges.push({ from: pipelineId(place, image), to: id });
    for (const { resource_share_arn: arn, principal } of every(
      json,
      "aws_ram_principal_association",
    )) {
      if (!arn.includes(`aws_ram_resource_share.${key}.`)) continue;
      const audience = audienceOf(principal);
      audiences.push(audience);
      edges.push({ from: id, to: audience.id });
    }
  }
  return { nodes, audiences, edges };
}

/** Where an image's AMIs are copied to. */
function copyRegions(json: Json, image: string): string[] {
  const distribution = every(json, "aws_imagebuilder_distribution_configuration").find(
    ({ name }) => name === image,
  );
  const regions: string[] = (distribution?.distribution ?? []).map(({ region }: Json) => region);
  return regions.filter((region) => region !== json.provider.aws[0].region);
}

/** A pipeline for each recipe, with an edge from its golden parent's. */
function pipelinesOf(
  place: string,
  stacks: Stacks,
  json: Json,
): { readonly nodes: Node[]; readonly edges: Edge[] } {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  for (const { name, version, parent_image: parent, container_type: type } of [
    ...every(json, "aws_imagebuilder_image_recipe"),
    ...every(json, "aws_imagebuilder_container_recipe"),
  ]) {
    const id = pipelineId(place, name);
    const [, region, account, image, range = ""] =
      /:imagebuilder:([^:]+):(\d{12}):image\/([^/]+)\/(.+)$/.exec(parent) ?? [];
    const golden = Object.entries(stacks).find(
      ([, { provider }]) =>
        provider.aws[0].region === region && provider.aws[0].allowed_account_ids[0] === account,
    );
    const from = golden && image ? pipelineId(placeOf(...golden).id, image) : undefined;
    const base = parent
      .split(":image/")
      .at(-1)
      .replace(/^(ssm:(?:\/?[^/]+){4}).+$/, "$1/…");
    const copies = copyRegions(json, name);
    const lines = [
      `${name} ${version}${type ? ", container" : ""}`,
      ...(from ? [] : [`on ${base}`]),
      ...(copies.length > 0 ? [`copied to ${copies.join(", ")}`] : []),
    ];
    nodes.push({ id, kind: "pipeline", lines });
    if (from) edges.push({ from, to: id, label: range, isLoose: true });
  }
  return { nodes, edges };
}

export function graphOf(all: Stacks): Graph {
  const stacks = Object.fromEntries(
    Object.entries(all)
      .filter(([stack]) => !stack.startsWith("state-"))
      .sort(([one], [other]) => one.localeCompare(other)),
  );
  const places = new Map<string, { id: string; label: string; nodes: Node[] }>();
  const audiences = new Map<string, Node>();
  const edges: Edge[] = [];
  for (const [stack, json] of Object.entries(stacks)) {
    const { id, label } = placeOf(stack, json);
    const place = places.get(id) ?? { id, label, nodes: [] };
    places.set(id, place);
    const [pipelines, shares] = [pipelinesOf(id, stacks, json), sharesOf(id, json)];
    place.nodes.push(...pipelines.nodes, ...shares.nodes);
    edges.push(...pipelines.edges, ...shares.edges);
    for (const audience of shares.audiences) audiences.set(audience.id, audience);
  }
  // What only gets copies is told by what is copied.
  const shown = [...places.values()].filter(({ nodes }) => nodes.length > 0);
  return { places: shown, audiences: [...audiences.values()], edges };
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}

const STYLES = {
  pipeline: 'shape=box style="rounded,filled" fillcolor="#e8f1fb" color="#2f6db5"',
  share: 'shape=box style="filled" fillcolor="#fdf3dd" color="#b5832f"',
  audience: 'shape=box style="rounded,filled" fillcolor="#eaf6ea" color="#3f8f47"',
} as const;

/** In Graphviz's language. */
export function dot({ places, audiences, edges }: Graph): string {
  const node = ({ id, kind, lines }: Node): string =>
    `${quoted(id)} [label=${quoted(lines.join("\\n"))} ${STYLES[kind]}];`;
  const cluster = places.map(
    ({ id, label, nodes }) =>
      `subgraph ${quoted(`cluster_${id}`)} { label=${quoted(label)}; style="rounded"; color="#888888"; margin=14; ${nodes.map(node).join(" ")} }`,
  );
  const arrow = ({ from, to, label, isLoose }: Edge): string =>
    `${quoted(from)} -> ${quoted(to)} [${label ? `label=${quoted(label)} ` : ""}${isLoose ? "style=dashed" : ""}];`;
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

/** In Mermaid's, which hosts of repositories draw by themselves. */
export function mermaid({ places, audiences, edges }: Graph): string {
  const name = (id: string): string => id.replace(/[^A-Za-z0-9]/g, "_");
  const node = ({ id, kind, lines }: Node): string => {
    const text = `"${lines.join("<br>").replaceAll('"', "'")}"`;
    return `${name(id)}${kind === "share" ? `[${text}]` : `(${text})`}`;
  };
  const arrow = ({ from, to, label, isLoose }: Edge): string =>
    `  ${name(from)} ${isLoose ? "-.->" : "-->"}${label ? `|${label}|` : ""} ${name(to)}`;
  return [
    "flowchart LR",
    ...places.flatMap(({ id, label, nodes }) => [
      `  subgraph ${name(id)}["${label}"]`,
      ...nodes.map((one) => `    ${node(one)}`),
      "  end",
    ]),
    ...audiences.map((one) => `  ${node(one)}`),
    ...edges.map(arrow),
    "",
  ].join("\n");
}
