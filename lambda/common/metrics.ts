import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

/** Returns a function that writes metrics with dimensions in the embedded metric format. */
export function metricWriter(metrics: Metrics) {
  return (dimensions: Record<string, string>, values: Record<string, number>): void => {
    // A separate object each time: metrics of one object would share each other's dimensions.
    for (const [name, value] of Object.entries(values)) {
      const metric = metrics.singleMetric();
      metric.addDimensions(dimensions);
      metric.addMetric(name, MetricUnit.NoUnit, value);
    }
  };
}
