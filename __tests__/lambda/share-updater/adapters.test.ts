import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  EC2Client,
  GetImageFindingsCommand,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  type Image,
  ImagebuilderClient,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
  TagResourceCommand,
} from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  RAMClient,
} from "@aws-sdk/client-ram";
import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { manifestKey, parseManifest } from "../../../contract/manifest";
import { ManifestError } from "../../../contract/manifest-file";
import { ec2Clients } from "../../../lambda/common/ec2-clients";
import { manifestAdapter } from "../../../lambda/common/manifest";
import { amisAdapter } from "../../../lambda/share-updater/adapters/ec2";
import { imagesAdapter } from "../../../lambda/share-updater/adapters/image-builder";
import { ramAdapter } from "../../../lambda/share-updater/adapters/ram";
import { recorderSender, sender } from "../../../lambda/share-updater/adapters/sqs";
import { ShareBusyError, UnshareRefusedError } from "../../../lambda/share-updater/ports";

const ARN = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";
function fault(name: string) {
  return Object.assign(new Error("from AWS"), { name });
}

describe("RAM", () => {
  const client = mockClient(RAMClient);
  const ram = ramAdapter(new RAMClient({}));
  beforeEach(() => client.reset());
  const shares = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `share-${index}`);

  test("ramAdapter reads the named shares from every page, also after an empty one, without deleted shares", async () => {
    client
      .on(GetResourceSharesCommand)
      .resolvesOnce({ resourceShares: [], nextToken: "2" })
      .resolvesOnce({
        resourceShares: [
          { resourceShareArn: "old", status: "DELETED" },
          { resourceShareArn: "older", status: "DELETING" },
        ],
        nextToken: "3",
      })
      .resolves({
        resourceShares: [
          { resourceShareArn: "share", status: "ACTIVE", creationTime: new Date(7) },
        ],
      });
    expect(await ram.shares(["share", "old", "older"])).toEqual([
      { arn: "share", status: "ACTIVE", createdAt: 7 },
    ]);
    expect(client.commandCalls(GetResourceSharesCommand)[0]?.args[0].input).toMatchObject({
      resourceOwner: "SELF",
      resourceShareArns: ["share", "old", "older"],
    });
  });

  test("ramAdapter reads 50 shares in a call, and no share without a call", async () => {
    client.on(GetResourceSharesCommand).resolves({});
    await ram.shares(shares(101));
    expect(
      client
        .commandCalls(GetResourceSharesCommand)
        .map(({ args }) => args[0].input.resourceShareArns?.length),
    ).toEqual([50, 50, 1]);
    client.reset();
    expect(await ram.shares([])).toEqual([]);
    expect(await ram.associations([])).toEqual(new Map());
    expect(client.calls()).toEqual([]);
  });

  test("ramAdapter returns the other shares when RAM doesn't know one", async () => {
    client.on(GetResourceSharesCommand).callsFake(({ resourceShareArns: arns }) => {
      if (arns.includes("share-1")) throw fault("UnknownResourceException");
      return {
        resourceShares: arns.map((arn: string) => ({ resourceShareArn: arn, status: "ACTIVE" })),
      };
    });
    expect((await ram.shares(shares(3))).map(({ arn }) => arn)).toEqual(["share-0", "share-2"]);
    expect(await ram.shares(["share-1"])).toEqual([]);
    client.reset();
    client.on(GetResourceSharesCommand).rejects(fault("ServerInternalException"));
    await expect(ram.shares(["share-1"])).rejects.toThrow("from AWS");
  });

  test("ramAdapter lists associations in every status, and principals that are or will be associated", async () => {
    const resourceShareArn = "share";
    client
      .on(GetResourceShareAssociationsCommand, { associationType: "RESOURCE" })
      .resolvesOnce({
        resourceShareAssociations: [{ resourceShareArn, associatedEntity: "a", status: "FAILED" }],
        nextToken: "2",
      })
      .resolves({
        resourceShareAssociations: [
          {
            resourceShareArn,
            associatedEntity: "b",
            status: "ASSOCIATED",
            creationTime: new Date(1_000),
          },
          { resourceShareArn: "other", associatedEntity: "c", status: "ASSOCIATED" },
        ],
      });
    client.on(GetResourceShareAssociationsCommand, { associationType: "PRINCIPAL" }).resolves({
      resourceShareAssociations: [
        { resourceShareArn, associatedEntity: "222222222222", status: "ASSOCIATED" },
        { resourceShareArn, associatedEntity: "333333333333", status: "DISASSOCIATED" },
        { resourceShareArn, associatedEntity: "444444444444", status: "ASSOCIATING" },
        { resourceShareArn, associatedEntity: "555555555555", status: "FAILED" },
        { resourceShareArn, associatedEntity: "666666666666", status: "SUSPENDED" },
        { resourceShareArn, associatedEntity: "777777777777", status: "DISASSOCIATING" },
      ],
    });
    expect(await ram.associations(["share", "empty"])).toEqual(
      new Map([
        [
          "share",
          [
            { arn: "a", status: "FAILED" },
            { arn: "b", status: "ASSOCIATED", createdAt: 1_000 },
          ],
        ],
        ["empty", []],
      ]),
    );
    expect(await ram.principals(["share"])).toEqual(
      new Map([["share", ["222222222222", "444444444444", "666666666666"]]]),
    );
    expect(
      client.commandCalls(GetResourceShareAssociationsCommand)[0]?.args[0].input,
    ).toMatchObject({
      associationType: "RESOURCE",
      resourceShareArns: ["share", "empty"],
    });
  });

  test("ramAdapter changes resources of a share, never principals", async () => {
    client.on(AssociateResourceShareCommand).resolves({});
    client.on(DisassociateResourceShareCommand).resolves({});
    await ram.associate("share", [ARN]);
    await ram.disassociate("share", [ARN]);
    const input = { resourceShareArn: "share", resourceArns: [ARN] };
    expect(client.calls().map(({ args }) => args[0].input)).toEqual([input, input]);
  });

  test("ramAdapter distinguishes a busy share, a rejected removal and other errors, and accepts a build that is gone", async () => {
    const disassociating = (name: string) => {
      client.reset();
      client.on(DisassociateResourceShareCommand).rejects(fault(name));
      return ram.disassociate("share", [ARN]);
    };
    client.on(AssociateResourceShareCommand).rejects(fault("InvalidStateTransitionException"));
    await expect(ram.associate("share", [ARN])).rejects.toThrow(ShareBusyError);
    await expect(disassociating("InvalidStateTransitionException")).rejects.toThrow(ShareBusyError);
    await expect(disassociating("OperationNotPermittedException")).rejects.toThrow(
      UnshareRefusedError,
    );
    await expect(disassociating("InvalidParameterException")).rejects.toThrow(UnshareRefusedError);
    await expect(disassociating("UnknownResourceException")).resolves.toBeUndefined();
    await expect(disassociating("ServerInternalException")).rejects.toThrow("from AWS");
  });
});

describe("Image Builder", () => {
  const client = mockClient(ImagebuilderClient);
  const images = imagesAdapter(new ImagebuilderClient({}));
  beforeEach(() => client.reset());
  const summary = {
    arn: ARN,
    state: { status: "AVAILABLE" as const },
    dateCreated: "2026-01-01T00:00:00.000Z",
    tags: { "golden-image:approved-stable": "ok" },
    outputResources: { amis: [{ region: "eu-west-1", image: "ami-1" }] },
  };
  const build = {
    arn: ARN,
    status: "AVAILABLE",
    createdAt: Date.UTC(2026, 0, 1),
    tags: { "golden-image:approved-stable": "ok" },
    amis: [{ region: "eu-west-1", id: "ami-1" }],
    containers: [],
  };

  test("imagesAdapter lists versions of exactly the named image from every page", async () => {
    const version = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0";
    client
      .on(ListImagesCommand)
      .resolvesOnce({ imageVersionList: [], nextToken: "2" })
      .resolves({
        imageVersionList: [{ arn: version }, { arn: version.replace("base", "base-two") }],
      });
    expect(await images.versions("base")).toEqual([version]);
    expect(client.commandCalls(ListImagesCommand)[0]?.args[0].input).toMatchObject({
      owner: "Self",
      filters: [{ name: "name", values: ["base"] }],
      includeDeprecated: true,
    });
  });

  test("imagesAdapter reads a build with status, age, tags and AMIs, from a list or directly", async () => {
    client.on(ListImageBuildVersionsCommand).resolves({ imageSummaryList: [summary] });
    client.on(GetImageCommand).resolves({ image: summary });
    expect(await images.builds("v")).toEqual([build]);
    expect(await images.build(ARN)).toEqual(build);
  });

  test("imagesAdapter reads a build of a container image with its URIs and without AMIs", async () => {
    const uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/golden-image-factory/base:1.0.0-1";
    const outputResources = { containers: [{ region: "eu-west-1", imageUris: [uri] }] };
    client.on(GetImageCommand).resolves({ image: { ...summary, outputResources } });
    expect(await images.build(ARN)).toEqual({ ...build, amis: [], containers: [uri] });
  });

  test("imagesAdapter returns a build without date, status and outputs, and AMIs without ID as none", async () => {
    client.on(GetImageCommand).resolves({
      image: { arn: ARN, outputResources: { amis: [{ region: "eu-west-1" }, { image: "ami-1" }] } },
    });
    expect(await images.build(ARN)).toEqual({
      arn: ARN,
      status: "",
      createdAt: Number.NaN,
      tags: {},
      amis: [],
      containers: [],
    });
    client.on(GetImageCommand).resolves({});
    expect(await images.build(ARN)).toBeUndefined();
  });

  test("imagesAdapter lists the builds of a version from every page", async () => {
    client
      .on(ListImageBuildVersionsCommand)
      .resolvesOnce({ imageSummaryList: [summary], nextToken: "2" })
      .resolves({ imageSummaryList: [summary] });
    expect(await images.builds("v")).toEqual([build, build]);
    expect(
      client.commandCalls(ListImageBuildVersionsCommand).map(({ args }) => args[0].input),
    ).toMatchObject([{ imageVersionArn: "v" }, { imageVersionArn: "v" }]);
  });

  test("imagesAdapter asks once for the parent of a build, as an image or a container recipe names it", async () => {
    const image = { imageRecipe: { parentImage: "parent" } } as Image;
    const container = { containerRecipe: { parentImage: "container" } } as Image;
    client.on(GetImageCommand).resolvesOnce({ image }).resolvesOnce({ image: container });
    expect([await images.parent(ARN), await images.parent(ARN)]).toEqual(["parent", "parent"]);
    expect(await images.parent(`${ARN}2`)).toBe("container");
    expect(client.calls()).toHaveLength(2);
  });

  test("imagesAdapter returns no parent of a deleted build, and throws any other error", async () => {
    client.on(GetImageCommand).rejects(fault("ResourceNotFoundException"));
    expect(await images.parent(`${ARN}3`)).toBeUndefined();
    client.on(GetImageCommand).rejects(fault("ForbiddenException"));
    await expect(images.parent(`${ARN}3`)).rejects.toThrow("from AWS");
  });

  test("imagesAdapter marks a build with the ARN of its revoked ancestor", async () => {
    await images.markRevoked(ARN, "arn:ancestor");
    expect(client.commandCalls(TagResourceCommand).map(({ args }) => args[0].input)).toEqual([
      { resourceArn: ARN, tags: { "golden-image:revoked-by": "arn:ancestor" } },
    ]);
  });

  test("imagesAdapter marks a build with a channel that shares it, and the time", async () => {
    await images.markShared(ARN, "stable", Date.UTC(2026, 0, 2));
    expect(client.commandCalls(TagResourceCommand).map(({ args }) => args[0].input)).toEqual([
      { resourceArn: ARN, tags: { "golden-image:shared-in-stable": "2026-01-02T00:00:00.000Z" } },
    ]);
  });

  test("imagesAdapter returns undefined for a deleted build, and throws any other error", async () => {
    client.on(GetImageCommand).rejects(fault("ResourceNotFoundException"));
    expect(await images.build(ARN)).toBeUndefined();
    client.reset();
    client.on(GetImageCommand).rejects(fault("ForbiddenException"));
    await expect(images.build(ARN)).rejects.toThrow("from AWS");
  });
});

describe("EC2", () => {
  const ORGANIZATION = "arn:aws:organizations::999999999999:organization/o-abcdefghij";
  const OU = "arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111";
  const ami = { region: "us-east-1", id: "ami-1" };

  test("amisAdapter reads and changes accounts, OUs and organizations in the AMI's Region", async () => {
    const client = mockClient(EC2Client);
    client.on(DescribeImageAttributeCommand).resolves({
      LaunchPermissions: [
        { Group: "all" },
        { UserId: "222222222222" },
        { OrganizationArn: ORGANIZATION },
        { OrganizationalUnitArn: OU },
      ],
    });
    client.on(ModifyImageAttributeCommand).resolves({});
    const regions: string[] = [];
    const amis = amisAdapter((region) => {
      regions.push(region);
      return new EC2Client({});
    }, "eu-west-1");
    expect(await amis.launchPermission(ami)).toEqual(["all", "222222222222", ORGANIZATION, OU]);
    await amis.changeLaunchPermission(ami, [ORGANIZATION, OU], ["222222222222", "all"]);
    expect(regions).toEqual(["us-east-1", "us-east-1"]);
    expect(client.commandCalls(ModifyImageAttributeCommand)[0]?.args[0].input).toEqual({
      ImageId: "ami-1",
      LaunchPermission: {
        Add: [{ OrganizationArn: ORGANIZATION }, { OrganizationalUnitArn: OU }],
        Remove: [{ UserId: "222222222222" }, { Group: "all" }],
      },
    });
  });

  test("amisAdapter returns undefined for a deregistered AMI, and throws any other error", async () => {
    const client = mockClient(EC2Client);
    const amis = amisAdapter(() => new EC2Client({}), "eu-west-1");
    for (const name of ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"]) {
      client.reset();
      client.on(DescribeImageAttributeCommand).rejects(fault(name));
      expect(await amis.launchPermission(ami)).toBeUndefined();
    }
    client.reset();
    client.on(DescribeImageAttributeCommand).rejects(fault("UnauthorizedOperation"));
    await expect(amis.launchPermission(ami)).rejects.toThrow("from AWS");
  });

  test("amisAdapter reads the scans of AMIs at home, also of those that weren't scanned", async () => {
    const client = mockClient(EC2Client);
    client
      .on(DescribeImagesCommand)
      .resolvesOnce({
        Images: [
          {
            ImageId: "ami-1",
            CreationDate: "2026-01-01T00:00:00.000Z",
            ScanResults: {
              FindingScanDate: new Date(1_000),
              HighestFindingSeverityLabel: "critical",
              CriticalFixAvailableSince: new Date(2_000),
              MediumFixAvailableSince: new Date(3_000),
            },
          },
        ],
        NextToken: "2",
      })
      .resolves({ Images: [{ ImageId: "ami-2" }] });
    const regions: string[] = [];
    const amis = amisAdapter((region) => {
      regions.push(region);
      return new EC2Client({});
    }, "eu-west-1");
    expect(await amis.scans(["ami-1", "ami-2", "ami-3"])).toEqual(
      new Map([
        [
          "ami-1",
          {
            amiCreatedAt: Date.UTC(2026, 0, 1),
            scannedAt: 1_000,
            highestSeverity: "critical",
            fixAvailableSince: { critical: 2_000, medium: 3_000 },
          },
        ],
        ["ami-2", { amiCreatedAt: Number.NaN, fixAvailableSince: {} }],
      ]),
    );
    expect(regions).toEqual(["eu-west-1"]);
    expect(client.commandCalls(DescribeImagesCommand)[0]?.args[0].input).toMatchObject({
      Owners: ["self"],
      Filters: [{ Name: "image-id", Values: ["ami-1", "ami-2", "ami-3"] }],
    });
  });

  test("amisAdapter lists the findings in an AMI from every page, without a severity as unrated, and without the field as one with a fix, on one line", async () => {
    const client = mockClient(EC2Client);
    client
      .on(GetImageFindingsCommand)
      .resolvesOnce({
        ImageFindings: [
          {
            Title: "CVE-2026-1 -\nopenssl",
            SeverityLabel: "high",
            FixAvailable: true,
            FirstObservedAt: new Date(7),
            Paths: ["usr/bin/\u001bopenssl"],
          },
        ],
        NextToken: "2",
      })
      .resolves({ ImageFindings: [{}] });
    const amis = amisAdapter(() => new EC2Client({}), "eu-west-1");
    expect(await amis.findings(ami)).toEqual([
      {
        title: "CVE-2026-1 - openssl",
        severity: "high",
        hasFix: true,
        firstObservedAt: 7,
        paths: ["usr/bin/ openssl"],
      },
      { title: "", severity: "unrated", hasFix: true, firstObservedAt: Number.NaN, paths: [] },
    ]);
    expect(client.commandCalls(GetImageFindingsCommand)[0]?.args[0].input).toMatchObject({
      ImageId: ami.id,
    });
  });

  test("amisAdapter lists AMIs of an image in a Region, and names of images at home, from every page", async () => {
    const client = mockClient(EC2Client);
    const tagged = (id: string, image: string) => ({
      ImageId: id,
      Tags: [
        { Key: "golden-image:image", Value: image },
        { Key: "Name", Value: id },
      ],
    });
    client
      .on(DescribeImagesCommand)
      .resolvesOnce({ Images: [tagged("ami-1", "web"), {}], NextToken: "2" })
      .resolvesOnce({ Images: [tagged("ami-2", "base"), tagged("ami-3", "web")] })
      .resolves({ Images: [tagged("ami-2", "base")] });
    const regions: string[] = [];
    const amis = amisAdapter((region) => {
      regions.push(region);
      return new EC2Client({});
    }, "eu-west-1");
    expect(await amis.images()).toEqual(["base", "web"]);
    expect(await amis.ofImage("us-east-1", "base")).toEqual([
      { region: "us-east-1", id: "ami-2", tags: { "golden-image:image": "base", Name: "ami-2" } },
    ]);
    expect(regions).toEqual(["eu-west-1", "us-east-1"]);
    expect(
      client.commandCalls(DescribeImagesCommand).map(({ args }) => args[0].input),
    ).toMatchObject([
      {
        Owners: ["self"],
        Filters: [{ Name: "tag-key", Values: ["golden-image:image"] }],
        MaxResults: 500,
      },
      {
        Owners: ["self"],
        Filters: [{ Name: "tag-key", Values: ["golden-image:image"] }],
        MaxResults: 500,
      },
      {
        Owners: ["self"],
        Filters: [{ Name: "tag:golden-image:image", Values: ["base"] }],
        MaxResults: 500,
      },
    ]);
  });

  test("amisAdapter sets and deletes only the tag with the date of orphaned launch permissions", async () => {
    const client = mockClient(EC2Client);
    client.on(CreateTagsCommand).resolves({});
    client.on(DeleteTagsCommand).resolves({});
    const amis = amisAdapter(() => new EC2Client({}), "eu-west-1");
    await amis.setOrphanedTag(ami, "2026-01-01");
    await amis.setOrphanedTag(ami, undefined);
    expect(client.calls().map(({ args }) => args[0].input)).toEqual([
      {
        Resources: ["ami-1"],
        Tags: [{ Key: "golden-image:orphaned-since", Value: "2026-01-01" }],
      },
      { Resources: ["ami-1"], Tags: [{ Key: "golden-image:orphaned-since" }] },
    ]);
  });

  test("ec2Clients creates one client for each Region", async () => {
    const clientOf = ec2Clients();
    expect(clientOf("us-east-1")).toBe(clientOf("us-east-1"));
    expect(clientOf("us-east-1")).not.toBe(clientOf("eu-west-1"));
    expect(await clientOf("us-east-1").config.region()).toBe("us-east-1");
  });
});

describe("SQS", () => {
  const client = mockClient(SQSClient);
  const send = sender(new SQSClient({}), "https://queue");
  beforeEach(() => client.reset());
  const inputs = () =>
    client.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);

  test("sender sends ten messages in a call, with the image as the message group", async () => {
    client.on(SendMessageBatchCommand).resolves({});
    await send(Array.from({ length: 21 }, (_, index) => ({ image: `image-${index}`, full: true })));
    expect(inputs().map(({ Entries }) => Entries?.length)).toEqual([10, 10, 1]);
    expect(inputs()[2]).toEqual({
      QueueUrl: "https://queue",
      Entries: [
        { Id: "0", MessageBody: '{"image":"image-20","full":true}', MessageGroupId: "image-20" },
      ],
    });
    expect(inputs()[0]?.Entries?.map(({ Id }) => Id)).toEqual([..."0123456789"]);
  });

  test("sender sends a message without an image without a message group, and no message without a call", async () => {
    client.on(SendMessageBatchCommand).resolves({});
    await send([{}]);
    await send([]);
    expect(inputs()).toEqual([
      { QueueUrl: "https://queue", Entries: [{ Id: "0", MessageBody: "{}" }] },
    ]);
  });

  test("sender delays a message", async () => {
    client.on(SendMessageBatchCommand).resolves({});
    await send([{ full: true, after: "base" }], 900);
    expect(inputs().map(({ Entries }) => Entries)).toEqual([
      [{ Id: "0", MessageBody: '{"full":true,"after":"base"}', DelaySeconds: 900 }],
    ]);
  });

  test("recorderSender sends messages to the recorder, grouped by image", async () => {
    client.on(SendMessageBatchCommand).resolves({});
    await recorderSender(
      new SQSClient({}),
      "https://recorder",
    )([{ build: ARN, channel: "stable", from: undefined }]);
    expect(inputs()).toEqual([
      {
        QueueUrl: "https://recorder",
        Entries: [
          { Id: "0", MessageBody: `{"build":"${ARN}","channel":"stable"}`, MessageGroupId: "base" },
        ],
      },
    ]);
  });

  test("sender sends the other messages when some can't be sent, and then throws", async () => {
    client
      .on(SendMessageBatchCommand)
      .resolvesOnce({
        Failed: [
          { Id: "3", SenderFault: false, Code: "InternalError", Message: "try again" },
          { Id: "4", SenderFault: false, Code: "InternalError" },
        ],
      })
      .rejectsOnce(fault("RequestThrottled"))
      .resolves({});
    const images = Array.from({ length: 21 }, (_, index) => ({ image: `image-${index}` }));
    await expect(send(images)).rejects.toThrow(
      new Error(
        "messages couldn't be sent to https://queue: 2 of 10: try again; 10 of 10: from AWS",
      ),
    );
    expect(inputs()).toHaveLength(3);
  });
});

describe("the manifest", () => {
  const client = mockClient(S3Client);
  const text = JSON.stringify({
    version: 1,
    launchPermissionGraceDays: 30,
    regions: ["eu-west-1"],
    audiences: {},
    images: {},
  });
  const location = { bucket: "bucket", key: manifestKey(text) };
  const manifests = manifestAdapter(new S3Client({}), location, parseManifest);
  beforeEach(() => client.reset());
  const body = (content: string) => ({ transformToString: async () => content }) as never;
  const missing = expect.objectContaining({
    name: "ManifestError",
    message: `the manifest s3://bucket/${location.key} doesn't exist; apply the stack to restore it. If a deployment has just replaced it, the next run uses the new one`,
  });

  test("manifestAdapter reads the object that the environment names", async () => {
    client.on(GetObjectCommand).resolves({ Body: body(text) });
    expect(await manifests.read()).toEqual(JSON.parse(text));
    expect(client.commandCalls(GetObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: "bucket",
      Key: location.key,
    });
  });

  test("manifestAdapter rejects a manifest that is missing, changed or empty", async () => {
    client
      .on(GetObjectCommand)
      .rejectsOnce(fault("NoSuchKey"))
      .resolvesOnce({ Body: body(`${text} `) })
      .resolvesOnce({})
      .rejectsOnce(fault("AccessDenied"));
    await expect(manifests.read()).rejects.toEqual(missing);
    const changed = `the manifest ${location.key} was changed by someone other than Terraform; delete it, and apply the stack to restore it`;
    await expect(manifests.read()).rejects.toThrow(new ManifestError(changed));
    await expect(manifests.read()).rejects.toThrow(new ManifestError(changed));
    await expect(manifests.read()).rejects.toThrow("from AWS");
  });

  test("manifestAdapter accepts changes only while the manifest exists", async () => {
    client
      .on(HeadObjectCommand)
      .resolvesOnce({})
      .rejectsOnce(fault("NotFound"))
      .rejectsOnce(fault("AccessDenied"));
    await manifests.assertCurrent();
    expect(client.commandCalls(HeadObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: "bucket",
      Key: location.key,
    });
    await expect(manifests.assertCurrent()).rejects.toEqual(missing);
    await expect(manifests.assertCurrent()).rejects.toThrow("from AWS");
  });
});
