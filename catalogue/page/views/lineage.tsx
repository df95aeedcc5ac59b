import { useMemo } from "preact/hooks";
import { usePage } from "../context";
import {
  type Lineage,
  type LineageNode,
  NODE_HEIGHT,
  NODE_WIDTH,
  type Point,
  place,
  wholeLineage,
} from "../lineage";
import { Nothing, Scroll, Text } from "../widgets";

/** Space of a node between its border and its texts. */
const PADDING = 14;

export function LineageView() {
  const { catalogue } = usePage();
  const lineage = useMemo(() => wholeLineage(catalogue), [catalogue]);
  return (
    <>
      <h1 tabIndex={-1}>Lineage</h1>
      <p class="lead">Which images are based on which, from their first parents to app images.</p>
      {lineage.nodes.length === 0 ? (
        <Nothing>The factory file has no images yet.</Nothing>
      ) : (
        <LineageGraph lineage={lineage} />
      )}
    </>
  );
}

const canvas = document.createElement("canvas").getContext("2d");

/** Cuts a text so that it fits into a node. @param font - as the styles have it, without family */
function shortened(text: string, font: string): string {
  const width = NODE_WIDTH - 2 * PADDING;
  if (!canvas) return text;
  canvas.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  const isTooWide = (part: string): boolean => canvas.measureText(part).width > width;
  if (!isTooWide(text)) return text;
  const characters = [...text];
  while (characters.length > 1 && isTooWide(`${characters.join("")}…`)) characters.pop();
  return `${characters.join("")}…`;
}

/** A line through points that is horizontal at each of them. */
function pathOf([first, ...rest]: readonly Point[]): string {
  if (!first) return "";
  let previous = first;
  const curves = rest.map((point) => {
    const middle = (previous.x + point.x) / 2;
    const curve = `C${middle} ${previous.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    previous = point;
    return curve;
  });
  return `M${first.x} ${first.y}${curves.join("")}`;
}

/** A graph from left to right, and the same as text. */
export function LineageGraph({
  lineage,
  current,
}: {
  readonly lineage: Lineage;
  /** Name of the image that the graph is about. @default - it is about all images */
  readonly current?: string;
}) {
  const { width, height, nodes, edges } = useMemo(() => place(lineage), [lineage]);
  return (
    <>
      <Scroll label="Lineage graph">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: its nodes have names, a title is a tooltip */}
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} class="graph">
          {edges.map(({ from, to, points }) => (
            <path key={`${from} ${to}`} class="edge" d={pathOf(points)} />
          ))}
          {nodes.map((node) => (
            <NodeBox key={node.id} node={node} isCurrent={node.id === `golden ${current}`} />
          ))}
        </svg>
      </Scroll>
      <details class="as-text">
        <summary>The same as text</summary>
        <ul>
          {nodes.map(({ id, label, detail }) => {
            const parents = edges
              .filter(({ to }) => to === id)
              .flatMap(({ from }) => nodes.find((node) => node.id === from)?.label ?? []);
            return (
              <li key={id}>
                <Text>{label}</Text> <span class="muted">({detail})</span>
                {parents.length > 0 && (
                  <>
                    {" "}
                    from <Text>{parents.join(", ")}</Text>
                  </>
                )}
              </li>
            );
          })}
        </ul>
      </details>
    </>
  );
}

function NodeBox({
  node: { kind, label, detail, link, x, y },
  isCurrent,
}: {
  readonly node: LineageNode & { readonly x: number; readonly y: number };
  readonly isCurrent: boolean;
}) {
  const box = (
    <>
      <title>{`${label} ${detail}`}</title>
      <rect
        x={x - NODE_WIDTH / 2}
        y={y - NODE_HEIGHT / 2}
        width={NODE_WIDTH}
        height={NODE_HEIGHT}
        rx={kind === "external" ? NODE_HEIGHT / 2 : 6}
      />
      <text x={x - NODE_WIDTH / 2 + PADDING} y={y - 4} class="node-label">
        {shortened(label, "600 13px")}
      </text>
      <text x={x - NODE_WIDTH / 2 + PADDING} y={y + 12} class="node-detail">
        {shortened(detail, "11.5px")}
      </text>
    </>
  );
  const className = `node node-${kind}${isCurrent ? " current" : ""}`;
  if (link === undefined || isCurrent) return <g class={className}>{box}</g>;
  return (
    <a href={link} class={className}>
      {box}
    </a>
  );
}
