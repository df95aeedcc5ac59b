/** The log streams in moto's CloudWatch Logs, to which the emulated Image Builder writes. */
import type { WriteLog } from "../image-builder/build-runs";
import type { Moto } from "./moto";

/** Writes to a log group that exists, as those of the factory do. */
export function buildLogsOf(moto: Moto): WriteLog {
  return async (logGroupName, logStreamName, lines, { account, region }) => {
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(account);
    await moto.logs(key, region, "CreateLogStream", { logGroupName, logStreamName });
    const timestamp = Date.now();
    const logEvents = lines.map((message) => ({ timestamp, message }));
    await moto.logs(key, region, "PutLogEvents", { logGroupName, logStreamName, logEvents });
  };
}
