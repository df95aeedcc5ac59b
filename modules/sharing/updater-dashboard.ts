import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import { Construct } from "constructs";
import { FINDINGS_METRICS, METRICS } from "../../contract/metrics";

export interface UpdaterDashboardProps {
  readonly name: string;
  readonly region: string;
  readonly functionName: string;
  readonly queueName: string;
  /** Channels that have a metric. */
  readonly channels: readonly { readonly image: string; readonly channel: string }[];
  /** Whether a channel limits what Amazon Inspector may find in a build. */
  readonly hasFindings: boolean;
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

/** Channels in one graph. CloudWatch allows 500 metrics; more than 100 lines can't be read. */
const MAX_CHANNELS_PER_GRAPH = 100;

function problemGraph({ hasFindings }: UpdaterDashboardProps): Graph {
  const counts = {
    [METRICS.failedAssociations]: "builds that couldn't be added to a share",
    [METRICS.refusedRemovals]: "builds that RAM refused to remove",
    [METRICS.orphanedLaunchPermissions]: "AMIs with launch permissions of no channel",
    [METRICS.unreadable]: "shares, builds and AMIs that couldn't be read or changed",
    [METRICS.manifestMismatches]: "differences from the manifest",
    [METRICS.failedBuilds]: "failed builds",
    [METRICS.scheduledRevocations]: "revoked builds that have to be disabled",
    ...(hasFindings && {
      [FINDINGS_METRICS.sharedDespiteFindings]: "shared builds with findings that are too severe",
    }),
  };
  return {
    title: "Problems",
    stat: "Maximum",
    metrics: Object.entries(counts).map(([metric, label]) => [
      METRICS.namespace,
      metric,
      "service",
      METRICS.service,
      { label },
    ]),
  };
}

function ageGraphs({ channels }: UpdaterDashboardProps): Graph[] {
  const count = Math.ceil(channels.length / MAX_CHANNELS_PER_GRAPH);
  return Array.from({ length: count }, (_, index) => ({
    title: `Age of the newest shared build (hours)${count > 1 ? `, ${index + 1} of ${count}` : ""}`,
    stat: "Maximum",
    metrics: channels
      .slice(index * MAX_CHANNELS_PER_GRAPH, (index + 1) * MAX_CHANNELS_PER_GRAPH)
      .map(({ image, channel }) => [
        METRICS.namespace,
        METRICS.newestSharedAgeHours,
        "service",
        METRICS.service,
        "image",
        image,
        "channel",
        channel,
        { label: `${image}/${channel}` },
      ]),
  }));
}

function functionGraphs({ functionName, queueName }: UpdaterDashboardProps): Graph[] {
  const ofFunction = (metric: string): Metric => [
    "AWS/Lambda",
    metric,
    "FunctionName",
    functionName,
  ];
  const ofQueue = (metric: string): Metric => ["AWS/SQS", metric, "QueueName", queueName];
  return [
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
    {
      title: "Waiting messages",
      stat: "Maximum",
      metrics: [ofQueue("ApproximateNumberOfMessagesVisible")],
    },
    {
      title: "Age of the oldest message (seconds)",
      stat: "Maximum",
      metrics: [ofQueue("ApproximateAgeOfOldestMessage")],
    },
  ];
}

/**
 * Dashboard of the channels and of the updater.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class UpdaterDashboard extends Construct {
  constructor(scope: Construct, id: string, props: UpdaterDashboardProps) {
    super(scope, id);
    const { name, region } = props;
    const graphs = [problemGraph(props), ...ageGraphs(props), ...functionGraphs(props)];
    const widgets = graphs.map(({ title, stat, metrics }, index) => ({
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
