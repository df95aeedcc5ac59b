import type { Edge, Group } from "./graph";

const ID = "legend";

/** The legend of every diagram: each kind of node, and each kind of edge. */
export const LEGEND: Group & {
  readonly edges: readonly Edge[];
} = {
  id: ID,
  label: "Legend (frame: account · account ID · Region)",
  nodes: [
    {
      id: `${ID}/image`,
      kind: "pipeline",
      key: `${ID}/image`,
      lines: ["image and version", "on its parent"],
    },
    {
      id: `${ID}/channel`,
      kind: "share",
      key: `${ID}/image/channel`,
      lines: ["image / channel", "builds that it shares"],
    },
    { id: `${ID}/child`, kind: "pipeline", key: `${ID}/child`, lines: ["image built on it"] },
    {
      id: `${ID}/user`,
      kind: "pipeline",
      key: `${ID}/user`,
      lines: ["image built on it", "in an app account"],
    },
    { id: `${ID}/audience`, kind: "audience", key: "audience", lines: ["audience"] },
  ],
  edges: [
    { from: `${ID}/image`, to: `${ID}/channel` },
    { from: `${ID}/image`, to: `${ID}/child`, label: "accepted versions", isParent: true },
    {
      from: `${ID}/channel`,
      to: `${ID}/user`,
      label: "accepted versions,\nmembership",
      isParent: true,
    },
    { from: `${ID}/channel`, to: `${ID}/audience`, label: "shares with" },
  ],
};
