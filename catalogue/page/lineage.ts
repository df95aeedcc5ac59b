/** The graph of images and what they are based on. */
import { Graph, layout } from "@dagrejs/dagre";
import type { Catalogue, CatalogueComponent, CatalogueParent } from "../schema";
import { accountLink, imageLink } from "./routes";

export interface LineageNode {
  readonly id: string;
  readonly kind: "external" | "golden" | "app" | "component";
  readonly label: string;
  /** Second line. */
  readonly detail: string;
  /** @default - the node has no view */
  readonly link?: string;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** Nodes and edges with their places, in pixels. */
export interface PlacedLineage {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (LineageNode & { readonly x: number; readonly y: number })[];
  /** Points of a line through all of them. */
  readonly edges: readonly (LineageEdge & { readonly points: readonly Point[] })[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const NODE_WIDTH = 212;
export const NODE_HEIGHT = 44;

const PARENT_KINDS: Readonly<Record<CatalogueParent["kind"], string>> = {
  golden: "golden image",
  awsManaged: "managed by AWS",
  arn: "another account",
  ssm: "SSM parameter",
  marketplace: "AWS Marketplace",
  ami: "AMI",
  registry: "registry",
};

function goldenId(name: string): string {
  return `golden ${name}`;
}

function parentId({ kind, name }: CatalogueParent): string {
  return kind === "golden" ? goldenId(name) : `${kind} ${name}`;
}

export function wholeLineage({ images, appImages, accounts }: Catalogue): Lineage {
  const nodes = new Map<string, LineageNode>();
  const edges: LineageEdge[] = [];
  const add = (node: LineageNode, parent: CatalogueParent): void => {
    nodes.set(node.id, node);
    const from = parentId(parent);
    if (parent.kind !== "golden" && !nodes.has(from))
      nodes.set(from, {
        id: from,
        kind: "external",
        label: parent.name,
        detail: PARENT_KINDS[parent.kind],
      });
    edges.push({ from, to: node.id });
  };
  for (const { name, kind, platform, parent } of images)
    add(
      {
        id: goldenId(name),
        kind: "golden",
        label: name,
        detail: `golden ${kind}, ${platform}`,
        link: imageLink(name),
      },
      parent,
    );
  for (const { account, name, kind, parent } of appImages) {
    const owner = accounts.find(({ id }) => id === account)?.name ?? account;
    const id = `app ${account} ${name}`;
    const link = accountLink(account);
    add({ id, kind: "app", label: name, detail: `${kind} of ${owner}`, link }, parent);
  }
  return { nodes: [...nodes.values()], edges: edges.filter(({ from }) => nodes.has(from)) };
}

/** Returns the ancestors, the descendants and the components of an image. */
export function lineageOf(catalogue: Catalogue, image: string): Lineage {
  const whole = wholeLineage(catalogue);
  const root = goldenId(image);
  const related = new Set([
    root,
    ...reachable(root, whole.edges, "to", "from"),
    ...reachable(root, whole.edges, "from", "to"),
  ]);
  const components = catalogue.images.find(({ name }) => name === image)?.components ?? [];
  const parts = components.map((component, index) => componentNode(component, index));
  return {
    nodes: [...whole.nodes.filter(({ id }) => related.has(id)), ...parts],
    edges: [
      ...whole.edges.filter(({ from, to }) => related.has(from) && related.has(to)),
      ...parts.map(({ id }) => ({ from: id, to: root })),
    ],
  };
}

function componentNode({ kind, name, version }: CatalogueComponent, index: number): LineageNode {
  const owner = kind === "awsManaged" ? "component of AWS" : "component";
  return {
    id: `component ${index}`,
    kind: "component",
    label: name,
    detail: version === undefined ? owner : `${owner}, ${version}`,
  };
}

/** Returns what can be reached from a node along the edges, from their end `start` to `end`. */
function reachable(
  root: string,
  edges: readonly LineageEdge[],
  start: "from" | "to",
  end: "from" | "to",
): Set<string> {
  const found = new Set<string>();
  const queue = [root];
  for (let id = queue.pop(); id !== undefined; id = queue.pop())
    for (const edge of edges)
      if (edge[start] === id && !found.has(edge[end])) {
        found.add(edge[end]);
        queue.push(edge[end]);
      }
  return found;
}

/** Places the nodes from left to right. */
export function place({ nodes, edges }: Lineage): PlacedLineage {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 56, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const positions = new Map(nodes.map(({ id }) => [id, positionOf(graph.node(id))]));
  const positionAt = (id: string): Point => positions.get(id) ?? { x: 0, y: 0 };
  return {
    width,
    height,
    nodes: nodes.map((node) => ({ ...node, ...positionAt(node.id) })),
    edges: edges.map(({ from, to }) => ({
      from,
      to,
      points: [
        { x: positionAt(from).x + NODE_WIDTH / 2, y: positionAt(from).y },
        // Without the points at the borders of both nodes, and the one between two neighbors.
        ...(graph.edge(from, to) as { points: Point[] }).points.slice(2, -2),
        { x: positionAt(to).x - NODE_WIDTH / 2, y: positionAt(to).y },
      ],
    })),
  };
}

function positionOf(label: unknown): Point {
  const { x, y } = label as Point;
  return { x, y };
}
