import { readFileSync } from "node:fs";
import { loadFactory } from "../config/load";
import {
  FINDINGS_METRICS,
  METRICS,
  REBUILDER_METRICS,
  RECORDER_METRICS,
} from "../contract/metrics";
import { resources, synthFactory } from "../tools/fixtures/synth";

const stacks = Object.values(synthFactory(loadFactory("examples/complete/factory.yaml")));

function page(name: string): string {
  return readFileSync(`docs/reference/${name}.md`, "utf8");
}

test("docs/reference/alarms.md describes every alarm, and none that doesn't exist", () => {
  const alarms = stacks
    .flatMap((stack) => resources(stack, "aws_cloudwatch_metric_alarm"))
    .map(({ alarm_name: name }) =>
      name
        .replace(/^golden-image-.+--.+-age$/, "golden-image-IMAGE--CHANNEL-age")
        .replace(/^golden-image-.+-behind-parent$/, "golden-image-IMAGE-behind-parent"),
    );
  const headings = [...page("alarms").matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
  expect(headings.sort()).toEqual([...new Set(alarms)].sort());
});

test("docs/reference/alarms.md lists every metric of the functions", () => {
  const all = { ...METRICS, ...FINDINGS_METRICS, ...REBUILDER_METRICS, ...RECORDER_METRICS };
  const { namespace: _, service: __, ...metrics } = all;
  const names = [...page("alarms").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect([...new Set(names)].sort()).toEqual([...new Set(Object.values(metrics))].sort());
});

test("docs/reference/outputs-and-names.md lists every output of the stacks", () => {
  const outputs = stacks.flatMap(({ output = {} }) => Object.keys(output));
  const table = page("outputs-and-names").split("## Names")[0] ?? "";
  const names = [...table.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(names).toEqual(expect.arrayContaining([...new Set(outputs)]));
});
