import { required } from "../../contract/required";
import type { Edge, Graph, Node } from "./graph";

/** Returns a graph as text: a line for each place, image and channel. */
export function describe(graph: Graph): string[] {
  const nodes = new Map(
    [...graph.accountRegions.flatMap((group) => group.nodes), ...graph.audiences].map((node) => [
      node.id,
      node,
    ]),
  );
  return [
    ...graph.accountRegions.flatMap((group) => [
      `${group.label}:`,
      ...group.nodes.map((node) => describeNode(node, graph.edges, nodes)),
    ]),
    ...graph.edges.flatMap(({ from, to }) => {
      const { kind, lines } = nodes.get(to) ?? {};
      return kind === "summary" ? `${nodes.get(from)?.lines[0]}: ${lines?.join(" ")}.` : [];
    }),
  ];
}

function describeNode(
  { id, kind, lines }: Node,
  edges: readonly Edge[],
  nodes: ReadonlyMap<string, Node>,
): string {
  const linesOf = (node: string) => required(nodes.get(node), `the node ${node}`).lines;
  if (kind === "share") {
    const audiences = edges.filter(({ from, isParent }) => from === id && !isParent);
    const to = audiences.map((edge) => linesOf(edge.to).join(" ")).join(", ");
    return `Channel ${lines.join(": ")}${to && `, for ${to}`}.`;
  }
  const parents = edges.filter(({ to, isParent }) => to === id && isParent);
  const on = parents.map(
    ({ from, label }) =>
      `, on ${linesOf(from)[0]}${label ? ` (${label.replaceAll("\n", ", ")})` : ""}`,
  );
  return `Image ${lines.join(", ")}${on.join("")}.`;
}
