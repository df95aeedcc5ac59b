import type { Viz } from "@viz-js/viz";
import { darkReplacements, palette } from "./colors";
import type { Edge, Graph, Group, Node } from "./graph";
import { LEGEND } from "./legend";

/** Text alternative of a picture. */
export interface Description {
  readonly title: string;
  readonly lines: readonly string[];
}

const { background, text, edge: edgeColor, frame, nodes: colors } = palette("light");

function quoted(value: string): string {
  return `"${value.replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function escaped(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A row of a table that stands for a node. Edges start and end at its port. */
function renderRow({ id, kind, lines }: Node): string {
  const { fill, stroke } = colors[kind];
  const content = lines.map(escaped).join("<BR/>");
  return `<TR><TD PORT="${escaped(id)}" BGCOLOR="${fill}" COLOR="${stroke}">${content}</TD></TR>`;
}

/**
 * Renders an image and its channels as one table. Graphviz doesn't keep the order of separate nodes
 * in frames.
 */
function renderTable(pipeline: Node, shares: readonly Node[]): string {
  const rows = [pipeline, ...shares].map(renderRow).join("");
  return `${quoted(pipeline.id)} [shape=plain label=<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="6">${rows}</TABLE>>];`;
}

function renderGroup({ id, label, nodes }: Group): string {
  const pipelines = nodes.filter(({ kind }) => kind === "pipeline");
  const contents = [
    ...pipelines.map((pipeline) =>
      renderTable(
        pipeline,
        nodes.filter((node) => isShareOf(pipeline, node)),
      ),
    ),
    ...nodes.filter(({ kind }) => kind === "audience").map(renderOuter),
  ];
  return `subgraph ${quoted(`cluster_${id}`)} { label=${quoted(label)}; margin=10; ${contents.join(" ")} }`;
}

function isShareOf(pipeline: Node, { kind, key }: Node): boolean {
  return kind === "share" && key.startsWith(`${pipeline.key}/`);
}

/** Shapes differ too, for readers and printers without colors. */
const OUTER_SHAPES = {
  audience: "shape=ellipse style=filled",
  summary: 'shape=box style="filled,dashed"',
} as const;

function renderOuter({ id, kind, lines }: Node): string {
  const { fill, stroke } = colors[kind];
  const shape = OUTER_SHAPES[kind === "summary" ? "summary" : "audience"];
  return `${quoted(id)} [label=${quoted(lines.join("\n"))} ${shape} fillcolor="${fill}" color="${stroke}"];`;
}

/** Returns the tables that nodes are rows of: those of the images, by ID of the node. */
function tablesOf(groups: readonly Group[]): ReadonlyMap<string, string> {
  return new Map(
    groups.flatMap(({ nodes }) =>
      nodes.flatMap((node) => {
        const table = nodes.find(
          (one) => one.kind === "pipeline" && (one === node || isShareOf(one, node)),
        );
        return table ? [[node.id, table.id] as const] : [];
      }),
    ),
  );
}

function renderEdges(edges: readonly Edge[], tables: ReadonlyMap<string, string>): string[] {
  const end = (node: string, side: "e" | "w"): string => {
    const table = tables.get(node);
    return table === undefined ? quoted(node) : `${quoted(table)}:${quoted(node)}:${side}`;
  };
  return edges
    .filter(({ from, to }) => tables.get(from) === undefined || tables.get(from) !== tables.get(to))
    .map(({ from, to, label, isParent }) => {
      const attributes = [
        ...(label ? [`label=${quoted(label)}`] : []),
        ...(isParent ? ["style=dashed"] : []),
      ];
      return `${end(from, "e")} -> ${end(to, "w")} [${attributes.join(" ")}];`;
    });
}

/** Renders a graph with a legend in Graphviz's DOT language. */
export function dot({ accountRegions, audiences, edges }: Graph): string {
  const font = `fontname="Helvetica" fontcolor="${text}"`;
  const groups = [LEGEND, ...accountRegions];
  return [
    "digraph factory {",
    `graph [rankdir=LR nodesep=0.2 ranksep=0.7 margin=0.2 bgcolor="${background}" fontsize=12 ${font} style=rounded color="${frame}"];`,
    `node [fontsize=12 margin="0.02,0.02" ${font}]; edge [fontsize=11 color="${edgeColor}" ${font}];`,
    ...groups.map(renderGroup),
    ...audiences.map(renderOuter),
    ...renderEdges([...LEGEND.edges, ...edges], tablesOf(groups)),
    "}",
    "",
  ].join("\n");
}

/**
 * Dark colors on a dark screen. The picture has a background, because a page can be light where the
 * system is dark. Without this style the colors are light.
 */
function darkStyle(): string {
  const rules = darkReplacements().flatMap(([light, dark]) =>
    ["fill", "stroke"].map((attribute) => `[${attribute}="${light}"]{${attribute}:${dark}}`),
  );
  return `<style>@media screen and (prefers-color-scheme:dark){${rules.join("")}}</style>`;
}

/** Draws a graph as SVG, with a text alternative. */
export function svg(viz: Viz, graph: Graph, { title, lines }: Description): string {
  const drawing = viz.renderString(dot(graph), { format: "svg", engine: "dot" });
  const head = [
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(lines.join("\n"))}</desc>`,
    darkStyle(),
  ].join("\n");
  return drawing.replace(
    /<svg ([^>]*)>/,
    (_tag, attributes: string) =>
      `<svg role="img" aria-labelledby="title description" ${attributes}>\n${head}`,
  );
}
