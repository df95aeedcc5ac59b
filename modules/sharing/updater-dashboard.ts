import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Construct } from "constructs";
import { METRICS } from "../../contract/metrics";

export interface UpdaterDashboardProps {
  /** CloudWatch's dashboards have no Region, so it is in the name. */
  readonly name: string;
  readonly region: string;
  readonly functionName: string;
  readonly channels: readonly { readonly image: string; readonly channel: string }[];
}

/** [namespace, metric, dimension, value, …] */
type Metric = readonly (string | { readonly label: string })[];

/** Half of the dashboard's width. */
const WIDTH = 12;
const HEIGHT = 6;

/**
 * What the share updater tells of each channel, and how it is itself.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class UpdaterDashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, region, functionName, channels }: UpdaterDashboardProps,
  ) {
    super(scope, id);
    const ofChannels = (metric: string): Metric[] =>
      channels.map(({ image, channel }) => [
        METRICS.namespace,
        metric,
        ...["service", METRICS.service, "image", image, "channel", channel],
        { label: `${image}/${channel}` },
      ]);
    const ofFunction = (metric: string): Metric => [
      "AWS/Lambda",
      metric,
      "FunctionName",
      functionName,
    ];
    const refused: Metric = [METRICS.namespace, METRICS.unshareRefused, "service", METRICS.service];

    const graphs: readonly (readonly [title: string, stat: string, metrics: readonly Metric[]])[] =
      [
        ["Shared builds", "Maximum", ofChannels(METRICS.sharedBuilds)],
        [
          "Age of the newest shared build, in hours",
          "Maximum",
          ofChannels(METRICS.newestSharedAgeHours),
        ],
        ["Builds put in", "Sum", ofChannels(METRICS.associated)],
        ["Builds taken out", "Sum", ofChannels(METRICS.disassociated)],
        ["Builds that aren't in yet", "Maximum", ofChannels(METRICS.associationFailed)],
        ["Builds that RAM doesn't let go", "Maximum", [refused]],
        [
          "Runs and failures",
          "Sum",
          [ofFunction("Invocations"), ofFunction("Errors"), ofFunction("Throttles")],
        ],
        ["Duration of a run, in milliseconds", "Maximum", [ofFunction("Duration")]],
      ];
    const widgets = graphs
      .filter(([, , metrics]) => metrics.length > 0)
      .map(([title, stat, metrics], index) => ({
        type: "metric",
        x: (index % 2) * WIDTH,
        y: Math.floor(index / 2) * HEIGHT,
        width: WIDTH,
        height: HEIGHT,
        properties: { title, stat, metrics, region, period: 3_600, view: "timeSeries" },
      }));
    new CloudwatchDashboard(this, "Resource", {
      dashboardName: name,
      dashboardBody: JSON.stringify({ widgets }),
    });
  }
}
