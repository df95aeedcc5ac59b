import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { hasName } from "../../common/client";
import type { Logs } from "../ports";

/** Number of lines that are read. A message has space for fewer. */
const LINES = 50;

/**
 * Calls CloudWatch Logs for the recorder.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export function logsAdapter(client: CloudWatchLogsClient): Logs {
  return {
    lastLines: async (logGroupName, logStreamName) => {
      const input = { logGroupName, logStreamName, limit: LINES, startFromHead: false };
      try {
        const { events = [] } = await client.send(new GetLogEventsCommand(input));
        return events.flatMap(({ message = "" }) => message.trimEnd().split("\n"));
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
  };
}
