import {
  AttachImageWatermarkCommand,
  CopyImageCommand,
  CreateImageCommand,
  DescribeImagesCommand,
  DetachImageWatermarkCommand,
  ModifyImageAttributeCommand,
  paginateDescribeInstanceImageMetadata,
} from "@aws-sdk/client-ec2";
import { ec2Adapter } from "../../../lambda/recorder/adapters/ec2";
import { markAmis } from "../../../lambda/recorder/watermarks";
import { BUILD, FakeRecorder } from "../../../tools/fixtures/fake-recorder";
import type { Account } from "../../../tools/local-aws/account";
import { SmallFactory } from "../../../tools/local-aws/factories/small-factory";
import { AWS_PARENT, GOLDEN } from "../../../tools/local-aws/factories/small-factory-accounts";
import { VirtualClock } from "../../../tools/local-aws/virtual-clock";

const CHANNEL = { name: "stable", keep: 1, bakeHours: 0, approval: "automatic" } as const;

describe("the emulated EC2", () => {
  let factory: SmallFactory;
  let ami: string;

  beforeEach(async () => {
    factory = await SmallFactory.start({ phase: 1, association: 1 }, { clock: new VirtualClock() });
    await factory.share("organization", CHANNEL);
    const pipeline = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT, {
      copies: ["us-east-1"],
    });
    const { arn } = await factory.build("shared", pipeline);
    await factory.updateAll();
    ami = factory.aws.builds.amiIn(arn, "eu-west-1") ?? "";
  });
  afterEach(() => factory.stop());

  const attach = (name: string, id = ami) =>
    factory
      .as("shared")
      .ec2.send(new AttachImageWatermarkCommand({ ImageId: id, WatermarkName: name }));
  const instances = async ({ ec2 }: Account, MaxResults?: number) => {
    const pages = paginateDescribeInstanceImageMetadata({ client: ec2 }, { MaxResults });
    const found = [];
    for await (const { InstanceImageMetadata = [] } of pages) found.push(...InstanceImageMetadata);
    return found;
  };
  const rejects = (call: Promise<unknown>, name: string) =>
    expect(call).rejects.toMatchObject({ name });

  test("attaches watermarks for the owner of a private AMI only, and at most five", async () => {
    expect((await attach("golden/base/1.0.0/1")).WatermarkKey).toBe(
      "111111111111:golden/base/1.0.0/1",
    );
    await attach("golden/base/1.0.0/1");
    expect(factory.aws.amis.watermarksOf(ami)).toEqual(["111111111111:golden/base/1.0.0/1"]);
    for (const name of ["two", "three", "four", "five"]) await attach(name);
    await rejects(attach("six"), "ImageWatermarkLimitExceeded");
    await rejects(attach("no"), "InvalidParameterValue");
    await rejects(attach("a:b:c"), "InvalidParameterValue");
    const foreign = new AttachImageWatermarkCommand({ ImageId: ami, WatermarkName: "mine" });
    await rejects(factory.as("payments").ec2.send(foreign), "InvalidAMIID.NotFound");
    const detach = new DetachImageWatermarkCommand({
      ImageId: ami,
      WatermarkKey: "111111111111:two",
    });
    for (const _ of [1, 2])
      expect(await factory.as("shared").ec2.send(detach)).toMatchObject({ Return: true });
    expect(factory.aws.amis.watermarksOf(ami)).not.toContain("111111111111:two");
    const publish = new ModifyImageAttributeCommand({
      ImageId: ami,
      LaunchPermission: { Add: [{ Group: "all" }] },
    });
    await factory.as("shared").ec2.send(publish);
    await rejects(attach("public"), "OperationNotPermitted");
  });

  test("copies and images of instances inherit the watermarks that their source has then", async () => {
    await attach("golden/base/1.0.0/1");
    const payments = factory.as("payments");
    const { ImageId: copy = "" } = await payments.ec2.send(
      new CopyImageCommand({ SourceImageId: ami, SourceRegion: "eu-west-1", Name: "copy" }),
    );
    const InstanceId = await payments.launch(copy);
    const { ImageId: created = "" } = await payments.ec2.send(
      new CreateImageCommand({ InstanceId, Name: "created" }),
    );
    await attach("later");
    const expected = ["111111111111:golden/base/1.0.0/1"];
    expect(factory.aws.amis.watermarksOf(copy)).toEqual(expected);
    expect(factory.aws.amis.watermarksOf(created)).toEqual(expected);
    const { Images } = await payments.ec2.send(new DescribeImagesCommand({ ImageIds: [created] }));
    expect(Images?.[0]?.ImageWatermarks).toEqual([
      {
        WatermarkKey: "111111111111:golden/base/1.0.0/1",
        SourceImageId: ami,
        SourceImageRegion: "eu-west-1",
        SourceImageCreationTime: expect.any(Date),
        WatermarkCreationTime: expect.any(Date),
      },
    ]);
  });

  test("the recorder gives an AMI the mark of its build, and removes the one that it inherited", async () => {
    await attach("golden/os/1.0.0/1");
    const shared = factory.as("shared");
    const ec2 = ec2Adapter(() => shared.ec2);
    const home = { partition: "aws", accountId: "111111111111", region: "eu-west-1" };
    const aws = { ...new FakeRecorder().aws, home, ec2 };
    const build = {
      ...new FakeRecorder().builds.get(BUILD)!,
      amis: [{ region: "eu-west-1", id: ami }],
    };
    const mark = (arn: string) =>
      markAmis(aws, { build: { ...build, arn }, until: 0, mayGetAmis: false });
    for (const _ of [1, 2]) expect(await mark(BUILD)).toEqual([]);
    expect(factory.aws.amis.watermarksOf(ami)).toEqual(["111111111111:golden/base/1.0.3/2"]);
    for (const name of ["two", "three", "four", "five"]) await attach(name);
    expect(await mark(BUILD.replace("1.0.3/2", "1.0.3/3"))).toEqual([]);
    expect(factory.aws.amis.watermarksOf(ami)).toContain("111111111111:golden/base/1.0.3/3");
    expect(factory.aws.amis.watermarksOf(ami)).not.toContain("111111111111:golden/base/1.0.3/2");
  });

  test("AMIs of Image Builder inherit the watermarks of the parent's AMI", async () => {
    await attach("golden/base/1.0.0/1");
    const app = await factory.pipeline("payments", "payments-web", "1.0.0", GOLDEN);
    const { arn } = await factory.build("payments", app);
    const own = factory.aws.builds.amiIn(arn, "eu-west-1") ?? "";
    expect(factory.aws.amis.watermarksOf(own)).toEqual(["111111111111:golden/base/1.0.0/1"]);
  });

  test("describes the AMI of each instance of the caller, in pages, also when it is disabled or deregistered", async () => {
    const payments = factory.as("payments");
    const ids = [await payments.launch(ami), await payments.launch(ami)];
    await factory.as("orders").launch(ami);
    factory.aws.amis.setState("eu-west-1", ami, "DISABLED");
    expect(await instances(payments, 1)).toEqual(
      ids.map((InstanceId) => ({
        InstanceId,
        OwnerId: "222222222222",
        LaunchTime: expect.any(Date),
        State: { Name: "pending" },
        ImageMetadata: {
          ImageId: ami,
          Name: "base",
          OwnerId: "111111111111",
          State: "disabled",
          CreationDate: expect.any(String),
          ImageWatermarks: [],
        },
      })),
    );
    factory.aws.amis.deregister(ami);
    const [first] = await instances(payments);
    expect(first?.ImageMetadata).toMatchObject({ ImageId: ami, State: "deregistered" });
    expect(await instances(factory.as("shared"))).toEqual([]);
  });
});
