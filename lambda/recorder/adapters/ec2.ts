import {
  AttachImageWatermarkCommand,
  type DescribeImagesCommandInput,
  DetachImageWatermarkCommand,
  type EC2Client,
  paginateDescribeImages,
  paginateGetImageFindings,
} from "@aws-sdk/client-ec2";
import { collect } from "../../common/client";
import type { Ec2 } from "../ports";

/** Calls EC2 for the recorder, in the Region of each AMI. */
export function ec2Adapter(clientOf: (region: string) => EC2Client): Ec2 {
  return {
    describe: async ({ region, id }) => {
      // A filter, because EC2 rejects the IDs of deregistered AMIs.
      const input: DescribeImagesCommandInput = {
        Owners: ["self"],
        Filters: [{ Name: "image-id", Values: [id] }],
      };
      const pages = paginateDescribeImages({ client: clientOf(region) }, input);
      const [image] = await collect(pages, (page) => page.Images);
      if (!image) return undefined;
      const { BlockDeviceMappings = [], ImageWatermarks = [], ScanResults } = image;
      return {
        snapshots: BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
        watermarks: ImageWatermarks.flatMap(({ WatermarkKey }) => WatermarkKey ?? []),
        isScanned: ScanResults?.FindingScanDate !== undefined,
      };
    },
    findings: async ({ region, id }) => {
      const pages = paginateGetImageFindings({ client: clientOf(region) }, { ImageId: id });
      const findings = await collect(pages, (page) => page.ImageFindings);
      return findings.map(({ Title: title = "", SeverityLabel: severity = "unrated" }) => ({
        title,
        severity,
      }));
    },
    attachWatermark: async ({ region, id }, name) => {
      await clientOf(region).send(
        new AttachImageWatermarkCommand({ ImageId: id, WatermarkName: name }),
      );
    },
    detachWatermark: async ({ region, id }, key) => {
      await clientOf(region).send(
        new DetachImageWatermarkCommand({ ImageId: id, WatermarkKey: key }),
      );
    },
  };
}
