import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Construct } from "constructs";
import { METRICS } from "../../contract/metrics";

export interface UpdaterDashboardProps {
  readonly name: string;
  readonly region: string;
  readonly functionName: string;
  readonly channels: readonly { readonly image: string; readonly channel: string }[];
}

/** `[namespace, metric, dimension, value, …]` */
type Metric = readonly (string | { readonly label: string })[];

interface Graph {
  readonly title: string;
  readonly stat: "Maximum" | "Sum";
  readonly metrics: readonly Metric[];
}

/** Size of a graph, in grid units. A dashboard is 24 units wide. */
const WIDTH = 12;
const HEIGHT = 6;

function channelGraphs({ channels }: UpdaterDashboardProps): Graph[] {
  const perChannel = (metric: string): Metric[] =>
    channels.map(({ image, channel }) => [
      METRICS.namespace,
      metric,
      "service",
      METRICS.service,
      "image",
      image,
      "channel",
      channel,
      { label: `${image}/${channel}` },
    ]);
  return [
    { title: "Shared builds", stat: "Maximum", metrics: perChannel(METRICS.sharedBuilds) },
    {
      title: "Age of the newest shared build (hours)",
      stat: "Maximum",
      metrics: perChannel(METRICS.newestSharedAgeHours),
    },
    { title: "Builds added to shares", stat: "Sum", metrics: perChannel(METRICS.associated) },
    {
      title: "Builds removed from shares",
      stat: "Sum",
      metrics: perChannel(METRICS.disassociated),
    },
    {
      title: "Builds that couldn't be added to a share",
      stat: "Maximum",
      metrics: perChannel(METRICS.associationFailed),
    },
  ];
}

function functionGraphs({ functionName }: UpdaterDashboardProps): Graph[] {
  const ofFunction = (metric: string): Metric => [
    "AWS/Lambda",
    metric,
    "FunctionName",
    functionName,
  ];
  return [
    {
      title: "Builds that RAM refused to remove from a share",
      stat: "Maximum",
      metrics: [[METRICS.namespace, METRICS.unshareRefused, "service", METRICS.service]],
    },
    {
      title: "Runs, errors and throttles",
      stat: "Sum",
      metrics: [ofFunction("Invocations"), ofFunction("Errors"), ofFunction("Throttles")],
    },
    {
      title: "Duration of runs (milliseconds)",
      stat: "Maximum",
      metrics: [ofFunction("Duration")],
    },
  ];
}

/**
 * Dashboard of the channels and of the share updater.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class UpdaterDashboard extends Construct {
  constructor(scope: Construct, id: string, props: UpdaterDashboardProps) {
    super(scope, id);
    const { name, region } = props;
    const widgets = [...channelGraphs(props), ...functionGraphs(props)]
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ title, stat, metrics }, index) => ({
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
