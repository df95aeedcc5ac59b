import * as Plot from "@observablehq/plot";
import { useEffect, useRef, useState } from "preact/hooks";
import { DAY_MS } from "../../contract/time";
import { usePage } from "./context";
import { count, formatDay } from "./format";
import { buildLink } from "./routes";
import { type BuildEntry, isCurrent, STATE_LABELS, STATES, type State } from "./states";

/** The same shapes as those of the icons, as far as the chart has them. */
const SYMBOLS: Readonly<Record<State, string>> = {
  shared: "circle",
  waiting: "diamond2",
  superseded: "circle",
  unshared: "circle",
  revoked: "times",
  failed: "triangle",
  retired: "square",
  building: "asterisk",
};

const FILLED: readonly State[] = ["shared", "waiting"];

interface Dot {
  readonly time: Date;
  readonly region: string;
  readonly state: State;
  readonly entry: BuildEntry;
}

/** Builds on a time line, a row for each Region. The table below it has the same content. */
export function Timeline({
  image,
  builds,
}: {
  readonly image: string;
  readonly builds: readonly BuildEntry[];
}) {
  const { catalogue } = usePage();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = frame;
    if (!current) return undefined;
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (width > 0)
      frame.current?.replaceChildren(draw(image, builds, width, catalogue.generatedAt));
  }, [image, builds, width, catalogue]);
  const times = builds.flatMap(({ build }) => build.createdAt ?? []).sort();
  const label = `Time line of ${count(builds.length, "build")} from ${formatDay(times[0])} to ${formatDay(times.at(-1))}; the table has the same content`;
  return <div class="timeline" ref={frame} role="img" aria-label={label} />;
}

function titleOf({ build, state, behind }: BuildEntry): string {
  const approved = Object.keys(build.approvals);
  return [
    `${build.build} ${STATE_LABELS[state]}`,
    formatDay(build.createdAt),
    ...(build.sharedIn.length > 0 ? [`shared by ${build.sharedIn.join(", ")}`] : []),
    ...(approved.length > 0 ? [`approved for ${approved.join(", ")}`] : []),
    ...(behind === undefined ? [] : [`its parent has the newer build ${behind}`]),
    ...(build.revoked === undefined ? [] : [`revoked: ${build.revoked}`]),
  ].join("\n");
}

function draw(image: string, builds: readonly BuildEntry[], width: number, now: string): Element {
  const dots: Dot[] = builds.flatMap((entry) =>
    entry.build.createdAt === undefined
      ? []
      : [
          {
            time: new Date(entry.build.createdAt),
            region: entry.build.region,
            state: entry.state,
            entry,
          },
        ],
  );
  const regions = [...new Set(dots.map(({ region }) => region))].sort();
  const color = (state: State): string => `var(--state-${state})`;
  const approved = dots.filter(({ entry }) => Object.keys(entry.build.approvals).length > 0);
  const behind = dots.filter(({ entry }) => entry.behind !== undefined && isCurrent(entry.state));
  const chart = Plot.plot({
    className: "chart",
    width,
    height: 44 + 40 * regions.length,
    marginLeft: 84,
    marginRight: 16,
    marginTop: 8,
    x: { type: "utc", label: null, domain: domainOf(dots, now), ticks: Math.max(2, width / 110) },
    y: { type: "point", domain: regions, label: null, tickSize: 0, padding: 0.6 },
    symbol: { domain: [...STATES], range: STATES.map((state) => SYMBOLS[state]) },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.ruleY(regions, { stroke: "var(--line-strong)" }),
      Plot.dot(dots, {
        x: "time",
        y: "region",
        symbol: "state",
        r: 5,
        stroke: (dot: Dot) => color(dot.state),
        fill: (dot: Dot) => (FILLED.includes(dot.state) ? color(dot.state) : "var(--surface)"),
        strokeWidth: 1.6,
        title: (dot: Dot) => titleOf(dot.entry),
      }),
      Plot.text(approved, {
        x: "time",
        y: "region",
        text: () => "✓",
        dy: -13,
        fill: "var(--muted)",
      }),
      Plot.text(behind, { x: "time", y: "region", text: () => "←", dy: 14, fill: "var(--warn)" }),
    ],
  });
  // Its parent has a name for the whole chart.
  chart.setAttribute("aria-hidden", "true");
  // The page's policy forbids this element. The styles of the page contain its rules.
  chart.querySelector("style")?.remove();
  const drawn = chart.querySelectorAll<SVGPathElement>(
    "g[aria-label=dot] path, g[aria-label=dot] circle",
  );
  for (const [index, mark] of drawn.entries()) {
    const dot = dots[index];
    if (!dot) continue;
    const { build, region } = dot.entry.build;
    mark.addEventListener("click", () => {
      location.hash = buildLink(image, build, { region });
    });
  }
  return chart;
}

/** From the first build to the time of the catalogue. */
function domainOf(dots: readonly Dot[], now: string): [Date, Date] {
  const end = new Date(now);
  const first = Math.min(...dots.map(({ time }) => time.getTime()), end.getTime() - DAY_MS);
  const margin = (end.getTime() - first) * 0.03;
  return [new Date(first - margin), end];
}
