import {
  type CloudWatchLogsClient,
  GetLogEventsCommand,
  type OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { hasName } from "../../common/client";
import type { Logs } from "../ports";

/** Number of lines that are read. A message has space for fewer. */
const LINES = 50;

/** Maximum number of pages. CloudWatch Logs may return empty ones before others. */
const MAX_PAGES = 10;

/**
 * Calls CloudWatch Logs for the recorder.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function logsAdapter(client: CloudWatchLogsClient): Logs {
  return {
    lastLines: async (logGroupName, logStreamName) => {
      const input = { logGroupName, logStreamName, limit: LINES, startFromHead: false };
      const found: OutputLogEvent[] = [];
      let nextToken: string | undefined;
      try {
        for (let page = 0; page < MAX_PAGES && found.length < LINES; page += 1) {
          const command = new GetLogEventsCommand({ ...input, nextToken });
          const { events = [], nextBackwardToken } = await client.send(command);
          found.unshift(...events);
          // At the start of the stream, the token stays the same.
          if (nextBackwardToken === nextToken) break;
          nextToken = nextBackwardToken;
        }
        return found.flatMap(({ message = "" }) => message.trimEnd().split("\n"));
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
  };
}
