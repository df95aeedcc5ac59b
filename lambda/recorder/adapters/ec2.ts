import { DescribeImagesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Ec2 } from "../ports";

/** Calls EC2 for the recorder, in the Region of each AMI. */
export function ec2Adapter(clientOf: (region: string) => EC2Client): Ec2 {
  return {
    snapshots: async ({ region, id }) => {
      // A filter, because EC2 rejects the IDs of deregistered AMIs.
      const command = new DescribeImagesCommand({
        Owners: ["self"],
        Filters: [{ Name: "image-id", Values: [id] }],
      });
      const [image] = (await clientOf(region).send(command)).Images ?? [];
      return image?.BlockDeviceMappings?.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
    },
  };
}
