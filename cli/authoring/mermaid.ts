import { palette } from "./colors";
import type { Edge, Graph, Group, Node } from "./graph";
import { LEGEND } from "./legend";

/**
 * Limits of Mermaid's default configuration, which GitHub uses:
 * https://mermaid.js.org/config/schema-docs/config.html
 */
export const MERMAID_LIMITS = { characters: 50_000, edges: 500 } as const;

/**
 * Names never contain two hyphens in a row, so that different ids have different names, also
 * `web/prod-stable` and `web-prod/stable`.
 */
function nameOf(id: string): string {
  return id.replaceAll("/", "__").replace(/[^A-Za-z0-9_]/g, "_");
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', "'").replaceAll("\n", "<br>")}"`;
}

function renderNode({ id, kind, lines }: Node): string {
  const text = quoted(lines.join("\n"));
  const shapes = {
    pipeline: `(${text})`,
    share: `[${text}]`,
    audience: `([${text}])`,
    summary: `(${text})`,
  };
  return `${nameOf(id)}${shapes[kind]}:::${kind}`;
}

function renderGroup({ id, label, nodes }: Group): string[] {
  return [
    `  subgraph ${nameOf(id)}[${quoted(label)}]`,
    ...nodes.map((node) => `    ${renderNode(node)}`),
    "  end",
  ];
}

function renderEdge({ from, to, label, isParent }: Edge): string {
  const arrow = isParent ? "-.->" : "-->";
  return `  ${nameOf(from)} ${arrow}${label ? `|${quoted(label)}|` : ""} ${nameOf(to)}`;
}

function classDefinitions(): string[] {
  const { nodes, text } = palette("light");
  return Object.entries(nodes).map(
    ([kind, { fill, stroke }]) => `  classDef ${kind} fill:${fill},stroke:${stroke},color:${text}`,
  );
}

/** Renders a graph with a legend in Mermaid, which GitHub and GitLab draw. */
export function mermaid({ accountRegions, audiences, edges }: Graph): string {
  return [
    "flowchart LR",
    ...accountRegions.flatMap(renderGroup),
    ...audiences.map((node) => `  ${renderNode(node)}`),
    ...edges.map(renderEdge),
    ...renderGroup(LEGEND),
    ...LEGEND.edges.map(renderEdge),
    ...classDefinitions(),
    "",
  ].join("\n");
}

/** Whether GitHub draws a Mermaid text of a graph. */
export function isWithinMermaidLimits(text: string, { edges }: Graph): boolean {
  return (
    text.length <= MERMAID_LIMITS.characters &&
    edges.length + LEGEND.edges.length <= MERMAID_LIMITS.edges
  );
}
