import { PARTITIONS } from "./sdk-names";

/** The Regions that the AWS SDK knows. AWS adds new ones. */
export const REGIONS: readonly string[] = PARTITIONS.flatMap(({ regions }) => regions);

/** Pattern of the names of Regions in all partitions. */
export const REGION_NAME = new RegExp(PARTITIONS.map(({ pattern }) => pattern.source).join("|"));
