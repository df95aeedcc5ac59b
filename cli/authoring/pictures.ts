/** The pictures of a factory: one, or one for each image if one would be unreadable. */
import type { Edge, Graph, Node } from "./graph";
import { isWithinMermaidLimits, mermaid } from "./mermaid";

/** Number of images and containers in one picture. More are drawn one by one. */
export const MAX_IMAGES = 30;

export interface Picture {
  /** Account and image, such as `shared/base`. */
  readonly key: string;
  readonly graph: Graph;
}

/** Returns the images and containers of a graph, each once. */
function imagesOf({ accountRegions }: Graph): string[] {
  const pipelines = accountRegions.flatMap(({ nodes }) =>
    nodes.filter(({ kind }) => kind === "pipeline"),
  );
  return [...new Set(pipelines.map(({ key }) => key))];
}

/** Whether one picture shows the whole graph readably, also on GitHub. */
export function fitsOnePicture(graph: Graph): boolean {
  return imagesOf(graph).length <= MAX_IMAGES && isWithinMermaidLimits(mermaid(graph), graph);
}

/** Returns a picture for each image, in the order of the graph. */
export function picturesOf(graph: Graph): Picture[] {
  return imagesOf(graph).map((key) => ({ key, graph: pictureOf(graph, key) }));
}

/**
 * Returns the part of a graph around an image: its parent, the channels that give the parent to it,
 * its channels, their audiences, and the images that are built on it.
 */
function pictureOf(graph: Graph, key: string): Graph {
  const nodes = new Map(
    graph.accountRegions.flatMap((group) => group.nodes.map((node) => [node.id, node])),
  );
  const isOwn = (id: string): boolean => {
    const node = nodes.get(id);
    return node !== undefined && (node.key === key || node.key.startsWith(`${key}/`));
  };
  const around = graph.edges.filter(({ from, to }) => isOwn(from) || isOwn(to));
  const sources = new Set(around.filter(({ from }) => !isOwn(from)).map(({ from }) => from));
  const lineage = graph.edges.filter(
    ({ to }) => sources.has(to) && nodes.get(to)?.kind === "share",
  );
  const children = around.filter(({ from, to, isParent }) => isParent && isOwn(from) && !isOwn(to));
  const summaries =
    new Set(children.map(({ to }) => nodes.get(to)?.key)).size > MAX_IMAGES
      ? summarize(children)
      : undefined;
  const edges = [
    ...lineage,
    ...around.filter((edge) => !summaries || !children.includes(edge)),
    ...(summaries?.edges ?? []),
  ];
  const drawn = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const isDrawn = ({ id }: Node): boolean => drawn.has(id) || isOwn(id);
  return {
    accountRegions: graph.accountRegions.flatMap((group) => {
      const part = group.nodes.filter(isDrawn);
      return part.length > 0 ? [{ ...group, nodes: part }] : [];
    }),
    audiences: [...graph.audiences.filter(isDrawn), ...(summaries?.nodes ?? [])],
    edges,
  };
}

/** Replaces the images that are built on each pipeline or share by one node. */
function summarize(children: readonly Edge[]): { readonly nodes: Node[]; readonly edges: Edge[] } {
  const sources = [...new Set(children.map(({ from }) => from))];
  return {
    nodes: sources.map((from) => {
      const count = children.filter((edge) => edge.from === from).length;
      return {
        id: `summary/${from}`,
        kind: "summary",
        key: from,
        lines: [`${count} ${count === 1 ? "image" : "images"}`, "built on it"],
      };
    }),
    edges: sources.map((from) => ({ from, to: `summary/${from}`, isParent: true })),
  };
}
