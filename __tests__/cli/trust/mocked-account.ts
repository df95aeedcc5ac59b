import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  EC2Client,
  GetImageFindingsCommand,
  type Image,
  type ImageFinding,
} from "@aws-sdk/client-ec2";
import { DescribeImagesCommand as DescribeContainersCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  GetImageCommand,
  ImagebuilderClient,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import { KMSClient } from "@aws-sdk/client-kms";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  RAMClient,
} from "@aws-sdk/client-ram";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { Context } from "../../../cli/deployed/context";
import { MANIFEST_VERSION, type ManifestChannel, manifestKey } from "../../../contract/manifest";
import { loadMinimal } from "../../../tools/fixtures/factory-file";

export const PREFIX = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base";
const SHARE = "arn:aws:ram:eu-west-1:111111111111:resource-share/stable";

function fault(name: string): Error {
  return Object.assign(new Error(`${name} from AWS`), { name });
}

/** A shared account whose AWS clients are mocked: the image `base` with the channel `stable`. */
export class MockedAccount {
  private static readonly factory = loadMinimal();

  readonly ec2 = mockClient(EC2Client);
  readonly ecr = mockClient(ECRClient);
  readonly imageBuilder = mockClient(ImagebuilderClient);
  readonly kms = mockClient(KMSClient);
  readonly lambda = mockClient(LambdaClient);
  readonly ram = mockClient(RAMClient);
  readonly s3 = mockClient(S3Client);
  /** Objects of all buckets: `BUCKET/KEY`. */
  readonly objects = new Map<string, string>();
  /** Tags of builds by version. */
  private readonly tags = new Map<string, Readonly<Record<string, string>>>();
  private readonly amiDates = new Map<string, Date>();
  private readonly folder = mkdtempSync(join(tmpdir(), "factory-"));

  constructor() {
    this.s3.on(GetObjectCommand).callsFake(({ Bucket, Key }) => {
      const text = this.objects.get(`${Bucket}/${Key}`);
      if (text === undefined) throw fault("NoSuchKey");
      return { Body: { transformToString: async () => text } };
    });
    this.deploy({});
  }

  get keysFile(): string {
    return join(this.folder, "factory.keys.json");
  }

  readKeys(): string {
    return readFileSync(this.keysFile, "utf8");
  }

  writeKeys(text: string): void {
    writeFileSync(this.keysFile, text);
  }

  /** The contexts of a command. The Regions need not be those of the factory file. */
  contexts(...regions: string[]): Context[] {
    const factory = MockedAccount.factory;
    const names = regions.length > 0 ? regions : ["eu-west-1"];
    const shared = {
      ...factory.shared,
      regions: names.map((name) => ({ ...factory.shared.regions[0]!, name })),
    };
    return names.map((region) => new Context({ ...factory, shared }, region));
  }

  /** Deploys the channel `stable`. */
  deploy(channel: Partial<ManifestChannel>): void {
    this.deployManifest({
      version: MANIFEST_VERSION,
      launchPermissionGraceDays: 30,
      regions: ["eu-west-1"],
      audiences: { payments: ["222222222222"] },
      images: {
        base: {
          channels: {
            stable: {
              share: SHARE,
              keep: 1,
              bakeHours: 0,
              approval: "automatic",
              audience: "payments",
              ...channel,
            },
          },
        },
      },
    });
  }

  deployManifest(manifest: object): void {
    const text = JSON.stringify(manifest);
    const key = manifestKey(text);
    this.objects.set(`components/${key}`, text);
    this.lambda.on(GetFunctionConfigurationCommand).resolves({
      Environment: {
        Variables: {
          ACCOUNT_ID: "111111111111",
          PARTITION: "aws",
          MANIFEST_BUCKET: "components",
          MANIFEST_KEY: key,
          QUEUE_URL: "https://queue",
        },
      },
    });
  }

  /** Sets the builds of `base` by patch and build number, such as `1.0.3/2`, with their AMIs. */
  setBuilds(builds: Readonly<Record<string, readonly string[]>>): void {
    const images = Object.entries(builds).map(([version, ids]) => ({
      arn: `${PREFIX}/${version}`,
      state: { status: "AVAILABLE" as const },
      dateCreated: "2026-01-01T00:00:00.000Z",
      outputResources: { amis: ids.map((image) => ({ region: "eu-west-1", image })) },
    }));
    const versions = [...new Set(images.map(({ arn }) => arn.replace(/\/\d+$/, "")))];
    this.imageBuilder
      .on(ListImagesCommand)
      .resolves({ imageVersionList: versions.map((arn) => ({ arn })) });
    this.imageBuilder.on(ListImageBuildVersionsCommand).callsFake(({ imageVersionArn }) => ({
      imageSummaryList: images
        .filter(({ arn }) => arn.startsWith(`${imageVersionArn}/`))
        .map((image) => ({ ...image, tags: this.tags.get(image.arn) })),
    }));
    this.imageBuilder.on(GetImageCommand).callsFake(({ imageBuildVersionArn }) => {
      const image = images.find(({ arn }) => arn === imageBuildVersionArn);
      if (!image) throw fault("ResourceNotFoundException");
      return { image: { ...image, tags: this.tags.get(image.arn) } };
    });
  }

  /** Sets a single build, such as `1.0.3/2`, that pushed container images. */
  setContainers(version: string, imageUris: readonly string[]): void {
    const image = {
      arn: `${PREFIX}/${version}`,
      state: { status: "AVAILABLE" as const },
      outputResources: { containers: [{ region: "eu-west-1", imageUris: [...imageUris] }] },
    };
    this.imageBuilder.on(GetImageCommand).resolves({ image });
  }

  /** Sets the SHA-256 of the images in Amazon ECR, by their tags. Others don't exist. */
  setDigests(digests: Readonly<Record<string, string>>): void {
    this.ecr.on(DescribeContainersCommand).callsFake(({ imageIds: [{ imageTag }] }) => {
      const digest = digests[imageTag];
      if (digest === undefined) throw fault("ImageNotFoundException");
      return { imageDetails: [{ imageDigest: `sha256:${digest}` }] };
    });
  }

  /** Sets the tags of a build, such as `1.0.3/2`. */
  tagBuild(version: string, tags: Readonly<Record<string, string>>): void {
    this.tags.set(`${PREFIX}/${version}`, tags);
  }

  /** Sets the builds in the share of `stable`. */
  share(...versions: string[]): void {
    this.ram
      .on(GetResourceSharesCommand)
      .resolves({ resourceShares: [{ resourceShareArn: SHARE, status: "ACTIVE" }] });
    this.ram.on(GetResourceShareAssociationsCommand, { associationType: "RESOURCE" }).resolves({
      resourceShareAssociations: versions.map((version) => ({
        resourceShareArn: SHARE,
        associatedEntity: `${PREFIX}/${version}`,
        status: "ASSOCIATED",
      })),
    });
    this.ram.on(GetResourceShareAssociationsCommand, { associationType: "PRINCIPAL" }).resolves({
      resourceShareAssociations: [
        { resourceShareArn: SHARE, associatedEntity: "222222222222", status: "ASSOCIATED" },
      ],
    });
    this.ec2
      .on(DescribeImageAttributeCommand)
      .resolves({ LaunchPermissions: [{ UserId: "222222222222" }] });
  }

  /** Sets the scans of AMIs, and what was found in them. */
  scan(
    scans: Readonly<Record<string, Image["ScanResults"]>>,
    found: Readonly<Record<string, readonly ImageFinding[]>> = {},
  ): void {
    this.ec2.on(DescribeImagesCommand).callsFake(({ Filters }) => ({
      Images: Object.entries(scans)
        .filter(([id]) => Filters[0].Values.includes(id))
        .map(([ImageId, ScanResults]) => ({
          ImageId,
          CreationDate: (this.amiDates.get(ImageId) ?? new Date("2026-01-01")).toISOString(),
          ScanResults,
        })),
    }));
    this.ec2
      .on(GetImageFindingsCommand)
      .callsFake(({ ImageId }) => ({ ImageFindings: found[ImageId] ?? [] }));
  }

  /** Sets when AMIs were created. The others are from 1 January 2026. */
  setAmiDates(dates: Readonly<Record<string, Date>>): void {
    for (const [id, createdAt] of Object.entries(dates)) this.amiDates.set(id, createdAt);
  }

  stop(): void {
    rmSync(this.folder, { recursive: true });
    for (const client of [
      this.ec2,
      this.ecr,
      this.imageBuilder,
      this.kms,
      this.lambda,
      this.ram,
      this.s3,
    ])
      client.restore();
  }
}
