/** Describes an AMI in the local AWS. */
import type { ImageFinding, ImageState, ImageWatermark } from "@aws-sdk/client-ec2";

export interface Ami {
  readonly id: string;
  readonly owner: string;
  readonly region: string;
  readonly name: string;
  tags: Readonly<Record<string, string>>;
  launchers: Set<string>;
  isDisabled: boolean;
  isDeregistered: boolean;
  readonly createdAt: Date;
  /** Also those that it inherited. */
  watermarks: readonly Watermark[];
  readonly description: string;
  /** Result of Amazon Inspector's last scan. @default - it wasn't scanned */
  scan?: Scan;
}

/** A scan of an AMI by Amazon Inspector. */
export interface Scan {
  readonly at: Date;
  readonly findings: readonly ImageFinding[];
}

/** A mark on an AMI, which copies and derived AMIs inherit. */
export interface Watermark {
  /** `ACCOUNT:NAME`. */
  readonly key: string;
  /** The AMI to which it was attached. */
  readonly sourceId: string;
  readonly sourceRegion: string;
  readonly sourceCreatedAt: Date;
  readonly createdAt: Date;
}

/** As in the AWS SDK. */
export function toWatermark(watermark: Watermark): ImageWatermark {
  return {
    WatermarkKey: watermark.key,
    SourceImageId: watermark.sourceId,
    SourceImageRegion: watermark.sourceRegion,
    SourceImageCreationTime: watermark.sourceCreatedAt,
    WatermarkCreationTime: watermark.createdAt,
  };
}

export function stateOf({ isDisabled, isDeregistered }: Ami): ImageState {
  if (isDeregistered) return "deregistered";
  return isDisabled ? "disabled" : "available";
}
