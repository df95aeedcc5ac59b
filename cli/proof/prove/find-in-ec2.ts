/** Searches what `factory prove` created in EC2. */
import {
  type EC2Client,
  type Filter,
  type Instance,
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import { collect } from "../../../lambda/common/client";

/** How often EC2 is asked about something that it may not show yet. Takes 15 seconds. */
export const SEARCHES = 5;

export async function findInstances(client: EC2Client, Filters: Filter[]): Promise<Instance[]> {
  const pages = paginateDescribeInstances({ client }, { Filters });
  const reservations = await collect(pages, (page) => page.Reservations);
  return reservations.flatMap(({ Instances = [] }) => Instances);
}

export function findSecurityGroups(client: EC2Client, Filters: Filter[]): Promise<SecurityGroup[]> {
  return collect(
    paginateDescribeSecurityGroups({ client }, { Filters }),
    (page) => page.SecurityGroups,
  );
}
