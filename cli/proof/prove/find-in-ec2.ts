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
