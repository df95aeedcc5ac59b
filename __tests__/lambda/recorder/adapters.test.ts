import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AttachImageWatermarkCommand,
  DescribeImagesCommand,
  DetachImageWatermarkCommand,
  EC2Client,
  GetImageFindingsCommand,
} from "@aws-sdk/client-ec2";
import { DescribeImagesCommand as DescribeContainersCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  GetImageCommand,
  ImagebuilderClient,
  ListImagePackagesCommand,
  ListWorkflowExecutionsCommand,
  ListWorkflowStepExecutionsCommand,
} from "@aws-sdk/client-imagebuilder";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import {
  GetResourceShareAssociationsCommand,
  RAMClient,
  type ResourceShareAssociationStatus,
} from "@aws-sdk/client-ram";
import { HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { ec2Adapter } from "../../../lambda/recorder/adapters/ec2";
import { ecrAdapter } from "../../../lambda/recorder/adapters/ecr";
import { evidenceAdapter } from "../../../lambda/recorder/adapters/evidence";
import { readFailedStep } from "../../../lambda/recorder/adapters/failed-step";
import { imageBuilderAdapter } from "../../../lambda/recorder/adapters/image-builder";
import { signerAdapter } from "../../../lambda/recorder/adapters/kms";
import { logsAdapter } from "../../../lambda/recorder/adapters/logs";
import { notesAdapter } from "../../../lambda/recorder/adapters/notes";
import { ramAdapter } from "../../../lambda/recorder/adapters/ram";
import { sender } from "../../../lambda/recorder/adapters/sqs";
import { BUILD } from "../../../tools/fixtures/fake-recorder";

function fault(name: string) {
  return Object.assign(new Error("from AWS"), { name });
}

describe("Amazon ECR", () => {
  const client = mockClient(ECRClient);
  const containers = ecrAdapter(new ECRClient({}));
  const uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/golden-image-factory/base:1.0.3-2";
  beforeEach(() => client.reset());

  test("ecrAdapter reads the digest of the image that a URI names", async () => {
    client
      .on(DescribeContainersCommand)
      .resolves({ imageDetails: [{ imageDigest: `sha256:${"a".repeat(64)}` }] });
    expect(await containers.digest(uri)).toBe("a".repeat(64));
    expect(client.commandCalls(DescribeContainersCommand)[0]?.args[0].input).toEqual({
      registryId: "111111111111",
      repositoryName: "golden-image-factory/base",
      imageIds: [{ imageTag: "1.0.3-2" }],
    });
  });

  test.each(["ImageNotFoundException", "RepositoryNotFoundException"])(
    "ecrAdapter returns no digest after %s",
    async (name) => {
      client.on(DescribeContainersCommand).rejects(fault(name));
      expect(await containers.digest(uri)).toBeUndefined();
    },
  );

  test("ecrAdapter throws other errors, and asks nothing about URIs without a tag or of other registries", async () => {
    for (const other of ["public.ecr.aws/base:1", uri.replace(":1.0.3-2", "")])
      expect(await containers.digest(other)).toBeUndefined();
    expect(client.calls()).toEqual([]);
    client.on(DescribeContainersCommand).rejects(fault("AccessDeniedException"));
    await expect(containers.digest(uri)).rejects.toThrow("from AWS");
  });
});

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
      reason: "",
      tags: {},
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

  test("readFailedStep returns the last step that failed, of all workflows that didn't complete", async () => {
    client.on(ListWorkflowExecutionsCommand).resolves({
      workflowExecutions: [
        { workflowExecutionId: "wf-1", status: "COMPLETED", type: "BUILD" },
        { workflowExecutionId: "wf-2", status: "ROLLBACK_COMPLETED", type: "TEST" },
        { status: "FAILED" },
      ],
    });
    client
      .on(ListWorkflowStepExecutionsCommand, { workflowExecutionId: "wf-2" })
      .resolvesOnce({
        steps: [
          { name: "Scan", status: "FAILED", startTime: "2026-01-01T00:00:02Z" },
          {
            name: "Boot",
            action: "RunCommand",
            message: "exit code 1",
            status: "FAILED",
            startTime: "2026-01-01T00:00:03Z",
          },
        ],
        nextToken: "2",
      })
      .resolves({
        steps: [
          { name: "Try", status: "FAILED", startTime: "2026-01-01T00:00:01Z" },
          { name: "Clean", status: "COMPLETED", startTime: "2026-01-01T00:00:04Z" },
        ],
      });
    expect(await readFailedStep(new ImagebuilderClient({}), BUILD)).toEqual({
      name: "Boot",
      action: "RunCommand",
      workflow: "TEST",
      message: "exit code 1",
    });
    expect(client.commandCalls(ListWorkflowExecutionsCommand)[0]?.args[0].input).toMatchObject({
      imageBuildVersionArn: BUILD,
    });
    client.on(ListWorkflowExecutionsCommand).resolves({ workflowExecutions: [] });
    expect(await readFailedStep(new ImagebuilderClient({}), BUILD)).toBeUndefined();
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

describe("EC2", () => {
  const client = mockClient(EC2Client);
  const regions: string[] = [];
  const ec2 = ec2Adapter((region) => {
    regions.push(region);
    return new EC2Client({});
  });
  const ami = { region: "us-east-1", id: "ami-1" };
  beforeEach(() => {
    client.reset();
    regions.length = 0;
  });

  test("ec2Adapter describes an AMI in its Region, and returns undefined for a deregistered one", async () => {
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
            ImageWatermarks: [{ WatermarkKey: "111111111111:one" }, {}],
            ScanResults: { FindingScanDate: new Date(0) },
          },
        ],
      })
      .resolvesOnce({ Images: [{ ScanResults: {} }] })
      .resolves({ Images: [] });
    expect(await ec2.describe(ami)).toEqual({
      snapshots: ["snap-1", "snap-2"],
      watermarks: ["111111111111:one"],
      isScanned: true,
    });
    const nothing = { snapshots: [], watermarks: [], isScanned: false };
    expect(await ec2.describe(ami)).toEqual(nothing);
    expect(await ec2.describe({ region: "eu-west-1", id: "ami-2" })).toBeUndefined();
    expect(regions).toEqual(["us-east-1", "us-east-1", "eu-west-1"]);
    expect(client.commandCalls(DescribeImagesCommand)[0]?.args[0].input).toEqual({
      Owners: ["self"],
      Filters: [{ Name: "image-id", Values: ["ami-1"] }],
    });
  });

  test("ec2Adapter lists findings from every page, and a finding without a severity as unrated", async () => {
    client
      .on(GetImageFindingsCommand)
      .resolvesOnce({
        ImageFindings: [{ Title: "CVE-2026-1 - bash", SeverityLabel: "high" }],
        NextToken: "2",
      })
      .resolves({ ImageFindings: [{}] });
    expect(await ec2.findings(ami)).toEqual([
      { title: "CVE-2026-1 - bash", severity: "high" },
      { title: "", severity: "unrated" },
    ]);
    expect(client.commandCalls(GetImageFindingsCommand)[0]?.args[0].input).toMatchObject({
      ImageId: "ami-1",
    });
  });

  test("ec2Adapter attaches a watermark by its name, and detaches one by its key", async () => {
    client.on(AttachImageWatermarkCommand).resolves({});
    client.on(DetachImageWatermarkCommand).resolves({});
    await ec2.attachWatermark(ami, "golden/base/1.0.3/2");
    await ec2.detachWatermark(ami, "111111111111:golden/os/1.0.0/1");
    expect(client.commandCalls(AttachImageWatermarkCommand)[0]?.args[0].input).toEqual({
      ImageId: "ami-1",
      WatermarkName: "golden/base/1.0.3/2",
    });
    expect(client.commandCalls(DetachImageWatermarkCommand)[0]?.args[0].input).toEqual({
      ImageId: "ami-1",
      WatermarkKey: "111111111111:golden/os/1.0.0/1",
    });
    expect(regions).toEqual(["us-east-1", "us-east-1"]);
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

test("evidenceAdapter repeats a write that conflicts with another one, and leaves the object alone after a second conflict", async () => {
  const client = mockClient(S3Client);
  const evidence = evidenceAdapter(new S3Client({}), "bucket");
  const conflict = fault("ConditionalRequestConflict");
  client.on(PutObjectCommand).rejectsOnce(conflict).resolvesOnce({}).rejects(conflict);
  expect(await evidence.write("key", "text")).toBe(true);
  expect(client.commandCalls(PutObjectCommand)).toHaveLength(2);
  expect(await evidence.write("key", "text")).toBe(false);
  expect(client.commandCalls(PutObjectCommand)).toHaveLength(4);
  client.on(PutObjectCommand).rejectsOnce(conflict).rejects(fault("AccessDenied"));
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

test("ramAdapter returns a build that is in a share or is being added, and undefined for any other", async () => {
  const client = mockClient(RAMClient);
  const entry = { resourceShareArn: "share", associatedEntity: BUILD };
  client
    .on(GetResourceShareAssociationsCommand)
    .resolvesOnce({
      resourceShareAssociations: [
        { ...entry, status: "DISASSOCIATED", creationTime: new Date(1) },
        { ...entry, associatedEntity: "other", status: "ASSOCIATED", creationTime: new Date(2) },
        { ...entry, status: "ASSOCIATING", creationTime: new Date(3) },
      ],
    })
    .resolvesOnce({ resourceShareAssociations: [{ ...entry, status: "DISASSOCIATING" }] })
    .resolvesOnce({ resourceShareAssociations: [{ ...entry, status: "ASSOCIATED" }] })
    .rejectsOnce(fault("UnknownResourceException"))
    .rejects(fault("AccessDeniedException"));
  const ram = ramAdapter(new RAMClient({}));
  expect(await ram.sharedBuild("share", BUILD)).toEqual({ status: "ASSOCIATING", addedAt: 3 });
  expect(await ram.sharedBuild("share", BUILD)).toBeUndefined();
  expect(await ram.sharedBuild("share", BUILD)).toEqual({ status: "ASSOCIATED", addedAt: 0 });
  expect(await ram.sharedBuild("share", BUILD)).toBeUndefined();
  await expect(ram.sharedBuild("share", BUILD)).rejects.toThrow("from AWS");
  expect(client.commandCalls(GetResourceShareAssociationsCommand)[0]?.args[0].input).toMatchObject({
    associationType: "RESOURCE",
    resourceShareArns: ["share"],
    resourceArn: BUILD,
  });
});

test("ramAdapter lists the builds in a share in every status, and a build that was added again once", async () => {
  const client = mockClient(RAMClient);
  const entry = (associatedEntity: string, status: ResourceShareAssociationStatus, at: number) => ({
    associatedEntity,
    status,
    creationTime: new Date(at),
  });
  client
    .on(GetResourceShareAssociationsCommand)
    .resolvesOnce({
      resourceShareAssociations: [
        entry("a", "ASSOCIATED", 2),
        entry("a", "DISASSOCIATED", 1),
        entry("b", "DISASSOCIATED", 3),
        entry("b", "ASSOCIATING", 4),
        entry("c", "DISASSOCIATING", 5),
      ],
    })
    .rejectsOnce(fault("UnknownResourceException"));
  const ram = ramAdapter(new RAMClient({}));
  expect([...(await ram.builds("share"))]).toEqual([
    ["a", { status: "ASSOCIATED", addedAt: 2 }],
    ["b", { status: "ASSOCIATING", addedAt: 4 }],
    ["c", { status: "DISASSOCIATING", addedAt: 5 }],
  ]);
  expect(await ram.builds("share")).toEqual(new Map());
});

test("notesAdapter records a message once, and publishes it", async () => {
  const s3 = mockClient(S3Client);
  const sns = mockClient(SNSClient);
  s3.on(PutObjectCommand).resolvesOnce({}).rejects(fault("PreconditionFailed"));
  sns.on(PublishCommand).resolves({});
  const location = { bucket: "bucket", topicArn: "arn:topic" };
  const notes = notesAdapter(new S3Client({}), new SNSClient({}), location);
  expect(await notes.claim("key", "text")).toBe(true);
  expect(await notes.claim("key", "text")).toBe(false);
  expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toEqual({
    Bucket: "bucket",
    Key: "key",
    Body: "text",
    ContentType: "text/plain; charset=utf-8",
    IfNoneMatch: "*",
  });
  await notes.publish("subject", "text");
  expect(sns.commandCalls(PublishCommand)[0]?.args[0].input).toEqual({
    TopicArn: "arn:topic",
    Subject: "subject",
    Message: "text",
  });
});

describe("CloudWatch Logs", () => {
  const client = mockClient(CloudWatchLogsClient);
  beforeEach(() => client.reset());

  const read = () =>
    logsAdapter(new CloudWatchLogsClient({})).lastLines("/aws/imagebuilder/base", "1.0.3/2");

  test("logsAdapter reads the last lines of a stream", async () => {
    const events = [{ message: "one\n" }, { message: "two\nthree" }, {}];
    client.on(GetLogEventsCommand).resolves({ events });
    expect(await read()).toEqual(["one", "two", "three", ""]);
    expect(client.commandCalls(GetLogEventsCommand)[0]?.args[0].input).toEqual({
      logGroupName: "/aws/imagebuilder/base",
      logStreamName: "1.0.3/2",
      limit: 50,
      startFromHead: false,
    });
  });

  test("logsAdapter reads the pages before an empty or partial one, up to the start or 50 lines", async () => {
    client
      .on(GetLogEventsCommand)
      .resolves({ events: [{ message: "first" }], nextBackwardToken: "b/3" })
      .on(GetLogEventsCommand, { nextToken: "b/1" })
      .resolves({ events: [{ message: "one" }, { message: "two" }], nextBackwardToken: "b/2" })
      .on(GetLogEventsCommand, { nextToken: "b/2" })
      .resolves({ events: [], nextBackwardToken: "b/2" })
      .on(GetLogEventsCommand, { nextToken: undefined })
      .resolves({ events: [{ message: "three" }], nextBackwardToken: "b/1" });
    expect(await read()).toEqual(["one", "two", "three"]);
    client
      .on(GetLogEventsCommand, { nextToken: "b/1" })
      .resolves({ events: Array(50).fill({ message: "line" }), nextBackwardToken: "b/2" });
    expect(await read()).toEqual([...Array(50).fill("line"), "three"]);
  });

  test("logsAdapter returns no lines of an empty stream", async () => {
    client.on(GetLogEventsCommand).resolves({});
    expect(await read()).toEqual([]);
  });

  test("logsAdapter returns undefined for a missing stream, and throws any other error", async () => {
    client.on(GetLogEventsCommand).rejects(fault("ResourceNotFoundException"));
    expect(await read()).toBeUndefined();
    client.on(GetLogEventsCommand).rejects(fault("AccessDeniedException"));
    await expect(read()).rejects.toThrow("from AWS");
  });
});
