import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  ImagebuilderClient,
  ListImagePackagesCommand,
} from "@aws-sdk/client-imagebuilder";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { ec2Adapter } from "../../../lambda/recorder/adapters/ec2";
import { evidenceAdapter } from "../../../lambda/recorder/adapters/evidence";
import { imageBuilderAdapter } from "../../../lambda/recorder/adapters/image-builder";
import { signerAdapter } from "../../../lambda/recorder/adapters/kms";
import { sender } from "../../../lambda/recorder/adapters/sqs";
import { BUILD } from "../../../tools/fixtures/fake-recorder";

function fault(name: string) {
  return Object.assign(new Error("from AWS"), { name });
}

describe("Image Builder", () => {
  const client = mockClient(ImagebuilderClient);
  const imageBuilder = imageBuilderAdapter(new ImagebuilderClient({}));
  beforeEach(() => client.reset());

  test("imageBuilderAdapter reads a build with what it was built from", async () => {
    client.on(GetImageCommand).resolves({
      image: {
        arn: BUILD,
        state: { status: "AVAILABLE" },
        dateCreated: "2026-01-01T01:00:00+01:00",
        imageRecipe: {
          arn: "recipe",
          parentImage: "parent",
          components: [{ componentArn: "a" }, { componentArn: "b" }],
        },
        sourcePipelineArn: "pipeline",
        infrastructureConfiguration: { arn: "infrastructure" },
        distributionConfiguration: { arn: "distribution", timeoutMinutes: 1 },
        outputResources: { amis: [{ region: "eu-west-1", image: "ami-1" }, { region: "x" }] },
        enhancedImageMetadataEnabled: true,
      },
    });
    expect(await imageBuilder.build(BUILD)).toEqual({
      arn: BUILD,
      status: "AVAILABLE",
      createdAt: "2026-01-01T00:00:00.000Z",
      recipe: "recipe",
      parent: "parent",
      components: ["a", "b"],
      pipeline: "pipeline",
      infrastructure: "infrastructure",
      distribution: "distribution",
      amis: [{ region: "eu-west-1", id: "ami-1" }],
      containers: [],
      hasPackageList: true,
    });
    expect(client.commandCalls(GetImageCommand)[0]?.args[0].input).toEqual({
      imageBuildVersionArn: BUILD,
    });
  });

  test("imageBuilderAdapter reads a container, and a build that Image Builder knows little about", async () => {
    client
      .on(GetImageCommand)
      .resolvesOnce({
        image: {
          arn: BUILD,
          containerRecipe: { arn: "recipe", parentImage: "parent" },
          outputResources: { containers: [{ region: "eu-west-1", imageUris: ["uri"] }] },
          enhancedImageMetadataEnabled: false,
        },
      })
      .resolvesOnce({ image: { arn: BUILD, dateCreated: "then" } });
    expect(await imageBuilder.build(BUILD)).toMatchObject({
      recipe: "recipe",
      parent: "parent",
      components: [],
      containers: ["uri"],
      hasPackageList: false,
    });
    expect(await imageBuilder.build(BUILD)).toMatchObject({
      status: "",
      createdAt: undefined,
      recipe: undefined,
      hasPackageList: true,
    });
  });

  test("imageBuilderAdapter returns undefined for a build that doesn't exist, and throws any other error", async () => {
    client
      .on(GetImageCommand)
      .rejectsOnce(fault("ResourceNotFoundException"))
      .rejects(fault("AccessDeniedException"));
    expect(await imageBuilder.build(BUILD)).toBeUndefined();
    await expect(imageBuilder.build(BUILD)).rejects.toThrow("from AWS");
  });

  test("imageBuilderAdapter lists packages from every page", async () => {
    client
      .on(ListImagePackagesCommand)
      .resolvesOnce({
        imagePackageList: [{ packageName: "bash", packageVersion: "5.2" }],
        nextToken: "2",
      })
      .resolves({ imagePackageList: [{}] });
    expect(await imageBuilder.packages(BUILD)).toEqual([
      { name: "bash", version: "5.2" },
      { name: "", version: "" },
    ]);
  });
});

test("ec2Adapter reads the snapshots of an AMI in its Region, and none of a deregistered one", async () => {
  const client = mockClient(EC2Client);
  client
    .on(DescribeImagesCommand)
    .resolvesOnce({
      Images: [
        {
          BlockDeviceMappings: [
            { Ebs: { SnapshotId: "snap-1" } },
            { VirtualName: "ephemeral0" },
            { Ebs: { SnapshotId: "snap-2" } },
          ],
        },
      ],
    })
    .resolves({ Images: [] });
  const regions: string[] = [];
  const ec2 = ec2Adapter((region) => {
    regions.push(region);
    return new EC2Client({});
  });
  expect(await ec2.snapshots({ region: "us-east-1", id: "ami-1" })).toEqual(["snap-1", "snap-2"]);
  expect(await ec2.snapshots({ region: "eu-west-1", id: "ami-2" })).toBeUndefined();
  expect(regions).toEqual(["us-east-1", "eu-west-1"]);
  expect(client.commandCalls(DescribeImagesCommand)[0]?.args[0].input).toEqual({
    Owners: ["self"],
    Filters: [{ Name: "image-id", Values: ["ami-1"] }],
  });
});

test("signerAdapter reads the public key once, and lets KMS sign a digest", async () => {
  const client = mockClient(KMSClient);
  client.on(GetPublicKeyCommand).resolves({ PublicKey: Buffer.from("key") });
  client.on(SignCommand).resolves({ Signature: Buffer.from("signature") });
  const signer = signerAdapter(new KMSClient({}), "arn:key");
  expect(await signer.publicKey()).toEqual(Buffer.from("key"));
  expect(await signer.publicKey()).toEqual(Buffer.from("key"));
  expect(client.commandCalls(GetPublicKeyCommand).map(({ args }) => args[0].input)).toEqual([
    { KeyId: "arn:key" },
  ]);
  expect(await signer.sign(Buffer.from("digest"))).toEqual(Buffer.from("signature"));
  expect(client.commandCalls(SignCommand)[0]?.args[0].input).toEqual({
    KeyId: "arn:key",
    Message: Buffer.from("digest"),
    MessageType: "DIGEST",
    SigningAlgorithm: "ECDSA_SHA_256",
  });
});

test("evidenceAdapter never overwrites an object", async () => {
  const client = mockClient(S3Client);
  const evidence = evidenceAdapter(new S3Client({}), "bucket");
  client
    .on(PutObjectCommand)
    .resolvesOnce({})
    .rejectsOnce(fault("PreconditionFailed"))
    .rejects(fault("AccessDenied"));
  expect(await evidence.write("key", "text")).toBe(true);
  expect(client.commandCalls(PutObjectCommand)[0]?.args[0].input).toEqual({
    Bucket: "bucket",
    Key: "key",
    Body: "text",
    ContentType: "application/json",
    IfNoneMatch: "*",
  });
  expect(await evidence.write("key", "text")).toBe(false);
  await expect(evidence.write("key", "text")).rejects.toThrow("from AWS");
});

test("evidenceAdapter returns whether an object exists, and throws any other error", async () => {
  const client = mockClient(S3Client);
  const evidence = evidenceAdapter(new S3Client({}), "bucket");
  client
    .on(HeadObjectCommand)
    .resolvesOnce({})
    .rejectsOnce(fault("NotFound"))
    .rejectsOnce(fault("NoSuchKey"))
    .rejects(fault("Forbidden"));
  expect(await evidence.exists("key")).toBe(true);
  expect(await evidence.exists("key")).toBe(false);
  expect(await evidence.exists("key")).toBe(false);
  await expect(evidence.exists("key")).rejects.toThrow("from AWS");
});

test("sender delays a message of the recorder", async () => {
  const client = mockClient(SQSClient);
  client.on(SendMessageBatchCommand).resolves({});
  await sender(new SQSClient({}), "https://queue")({ build: BUILD, waitingSince: 7 }, 600);
  expect(client.commandCalls(SendMessageBatchCommand)[0]?.args[0].input).toEqual({
    QueueUrl: "https://queue",
    Entries: [{ Id: "0", MessageBody: `{"build":"${BUILD}","waitingSince":7}`, DelaySeconds: 600 }],
  });
});
