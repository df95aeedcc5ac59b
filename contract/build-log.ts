import { buildVersionOf } from "./build-arn";

/** Log group that Image Builder writes the logs of an image's builds to. */
export function imageLogGroup(image: string): string {
  return `/aws/imagebuilder/${image}`;
}

/**
 * Name of the log stream of a build, such as `1.0.3/2`.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html
 */
export function buildLogStream(build: string): string {
  return buildVersionOf(build);
}
