import type { Node } from "./graph";

interface Palette {
  readonly background: string;
  readonly text: string;
  readonly edge: string;
  readonly frame: string;
  readonly nodes: Readonly<
    Record<Node["kind"], { readonly fill: string; readonly stroke: string }>
  >;
}

/** Colors of diagrams. Light is also for paper. */
const PALETTES = {
  light: {
    background: "#ffffff",
    text: "#1f2328",
    edge: "#555555",
    frame: "#878787",
    nodes: {
      pipeline: { fill: "#e8f1fb", stroke: "#2f6db5" },
      share: { fill: "#fdf3dd", stroke: "#a67524" },
      audience: { fill: "#eaf6ea", stroke: "#3f8f47" },
      summary: { fill: "#f0f0f2", stroke: "#6a737d" },
    },
  },
  dark: {
    background: "#0d1117",
    text: "#e6edf3",
    edge: "#a3adb8",
    frame: "#768390",
    nodes: {
      pipeline: { fill: "#10243d", stroke: "#6cb0f5" },
      share: { fill: "#33270c", stroke: "#d9a441" },
      audience: { fill: "#12301a", stroke: "#5bb96b" },
      summary: { fill: "#24292f", stroke: "#9aa4ae" },
    },
  },
} as const satisfies Record<string, Palette>;

export function palette(scheme: keyof typeof PALETTES): Palette {
  return PALETTES[scheme];
}

/** Returns pairs of each light color and the dark color that replaces it. */
export function darkReplacements(): (readonly [light: string, dark: string])[] {
  return colorsOf(PALETTES.light).map((color, index) => [
    color,
    colorsOf(PALETTES.dark)[index] ?? color,
  ]);
}

function colorsOf({ background, text, edge, frame, nodes }: Palette): string[] {
  const kinds = Object.values(nodes).flatMap(({ fill, stroke }) => [fill, stroke]);
  return [background, text, edge, frame, ...kinds];
}
