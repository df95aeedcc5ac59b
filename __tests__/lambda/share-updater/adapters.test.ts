import {
  DescribeImageAttributeCommand,
  EC2Client,
  ModifyImageAttributeCommand,
} from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  ImagebuilderClient,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceShareAssociationsCommand,
  GetResourceSharesCommand,
  RAMClient,
} from "@aws-sdk/client-ram";
import { mockClient } from "aws-sdk-client-mock";
import { renderSharePolicy } from "../../../contract/share-policy";
import {
  imagesAdapter,
  launchPermissionsAdapter,
  ramAdapter,
} from "../../../lambda/share-updater/adapters";
import { ShareBusyError, UnshareRefusedError } from "../../../lambda/share-updater/ports";

const ARN = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";
function fault(name: string) {
  return Object.assign(new Error("from AWS"), { name });
}
const policy = { image: "base", channel: "stable", keep: 2, bakeHours: 72, approvalRequired: true };
function tags(from = policy) {
  return Object.entries(renderSharePolicy(from)).map(([key, value]) => ({ key, value }));
}

describe("RAM", () => {
  const client = mockClient(RAMClient);
  const ram = ramAdapter(new RAMClient({}));
  beforeEach(() => client.reset());

  test("ramAdapter lists shares by tag from every page, also after an empty one, without deleted shares", async () => {
    client
      .on(GetResourceSharesCommand)
      .resolvesOnce({ resourceShares: [], nextToken: "2" })
      .resolvesOnce({
        resourceShares: [{ resourceShareArn: "old", status: "DELETED", tags: tags() }],
        nextToken: "3",
      })
      .resolves({
        resourceShares: [
          { resourceShareArn: "share", status: "ACTIVE", creationTime: new Date(7), tags: tags() },
        ],
      });
    const { image, ...rest } = policy;
    expect(await ram.shares()).toEqual({
      shares: [{ arn: "share", status: "ACTIVE", createdAt: 7, image, policy: rest }],
      unreadable: [],
    });
    expect(client.commandCalls(GetResourceSharesCommand)[0]?.args[0].input).toMatchObject({
      resourceOwner: "SELF",
      tagFilters: [{ tagKey: "golden-image:image" }],
    });
  });

  test("ramAdapter returns a share whose tags aren't a valid policy as unreadable", async () => {
    const broken = tags().filter(({ key }) => key !== "golden-image:approval");
    client.on(GetResourceSharesCommand).resolves({
      resourceShares: [
        { resourceShareArn: "broken", status: "ACTIVE", tags: broken },
        { resourceShareArn: "share", status: "ACTIVE", tags: tags() },
      ],
    });
    const { shares, unreadable } = await ram.shares();
    const brokenTags = Object.fromEntries(broken.map(({ key, value }) => [key, value]));
    expect(shares.map(({ arn }) => arn)).toEqual(["share"]);
    expect(unreadable.map(({ arn, image, error }) => [arn, image, error.message])).toEqual([
      [
        "broken",
        "base",
        `the tags of the share of image 'base' aren't a valid policy; apply its Terraform stack to restore them, got: ${JSON.stringify(brokenTags)}`,
      ],
    ]);
  });

  test("ramAdapter lists associations in every status, and principals that are or will be associated", async () => {
    client
      .on(GetResourceShareAssociationsCommand, { associationType: "RESOURCE" })
      .resolvesOnce({
        resourceShareAssociations: [{ associatedEntity: "a", status: "FAILED" }],
        nextToken: "2",
      })
      .resolves({ resourceShareAssociations: [{ associatedEntity: "b", status: "ASSOCIATED" }] });
    client.on(GetResourceShareAssociationsCommand, { associationType: "PRINCIPAL" }).resolves({
      resourceShareAssociations: [
        { associatedEntity: "222222222222", status: "ASSOCIATED" },
        { associatedEntity: "333333333333", status: "DISASSOCIATED" },
        { associatedEntity: "444444444444", status: "ASSOCIATING" },
        { associatedEntity: "555555555555", status: "FAILED" },
        { associatedEntity: "666666666666", status: "SUSPENDED" },
      ],
    });
    expect(await ram.associations("share")).toEqual([
      { arn: "a", status: "FAILED" },
      { arn: "b", status: "ASSOCIATED" },
    ]);
    expect(await ram.principals("share")).toEqual(["222222222222", "444444444444", "666666666666"]);
  });

  test("ramAdapter changes resources of a share, never principals", async () => {
    client.on(AssociateResourceShareCommand).resolves({});
    client.on(DisassociateResourceShareCommand).resolves({});
    await ram.associate("share", [ARN]);
    await ram.disassociate("share", [ARN]);
    for (const command of client.calls())
      expect(command.args[0].input).toEqual({ resourceShareArn: "share", resourceArns: [ARN] });
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

  test("launchPermissionsAdapter reads and changes accounts, OUs and organizations in the AMI's Region", async () => {
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
    const permissions = launchPermissionsAdapter((region) => {
      regions.push(region);
      return new EC2Client({});
    });
    expect(await permissions.get("us-east-1", "ami-1")).toEqual([
      "all",
      "222222222222",
      ORGANIZATION,
      OU,
    ]);
    await permissions.change("us-east-1", "ami-1", [ORGANIZATION, OU], ["222222222222", "all"]);
    expect(regions).toEqual(["us-east-1", "us-east-1"]);
    expect(client.commandCalls(ModifyImageAttributeCommand)[0]?.args[0].input).toEqual({
      ImageId: "ami-1",
      LaunchPermission: {
        Add: [{ OrganizationArn: ORGANIZATION }, { OrganizationalUnitArn: OU }],
        Remove: [{ UserId: "222222222222" }, { Group: "all" }],
      },
    });
  });

  test("launchPermissionsAdapter returns undefined for a deregistered AMI, and throws any other error", async () => {
    const client = mockClient(EC2Client);
    const permissions = launchPermissionsAdapter(() => new EC2Client({}));
    client.on(DescribeImageAttributeCommand).rejects(fault("InvalidAMIID.NotFound"));
    expect(await permissions.get("eu-west-1", "ami-1")).toBeUndefined();
    client.reset();
    client.on(DescribeImageAttributeCommand).rejects(fault("UnauthorizedOperation"));
    await expect(permissions.get("eu-west-1", "ami-1")).rejects.toThrow("from AWS");
  });
});
