import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { ListImageBuildVersionsCommand, ListImagesCommand } from "@aws-sdk/client-imagebuilder";
import { fleet } from "../../../cli/day-two/fleet";
import { MockedFleet } from "./mocked-fleet";

let account: MockedFleet;
beforeEach(() => {
  account = new MockedFleet();
  account.setBuilds({ "1.0.2/1": ["ami-2"] });
  account.share("1.0.2/1");
  account.scan({});
  account.imageBuilder.on(ListImagesCommand, nameIs("old")).resolves({ imageVersionList: [] });
});
afterEach(() => account.stop());

function nameIs(name: string): object {
  return { filters: [{ name: "name", values: [name] }] };
}

/** Sets a build of the image `old`, which factory.yaml doesn't contain. */
function setOldBuild(region: string, tags: Readonly<Record<string, string>>): string {
  const version = `arn:aws:imagebuilder:${region}:111111111111:image/old/1.0.0`;
  account.imageBuilder
    .on(ListImagesCommand, nameIs("old"))
    .callsFake(async (_, getClient) =>
      (await getClient().config.region()) === region
        ? { imageVersionList: [{ arn: version }] }
        : { imageVersionList: [] },
    )
    .on(ListImageBuildVersionsCommand, { imageVersionArn: version })
    .resolves({
      imageSummaryList: [{ arn: `${version}/1`, state: { status: "AVAILABLE" }, tags }],
    });
  return `${version}/1`;
}

function launchMarked(image: string, sourceRegion = "eu-west-1"): void {
  const key = `111111111111:golden/${image}/1.0.0/1`;
  const watermarks = [{ key, sourceId: "ami-gone", sourceRegion, attachedAt: 0 }];
  account.launch({ id: "i-1", ami: "ami-old", amiOwner: "111111111111", watermarks });
}

async function look() {
  const { text = "", exitCode } = await fleet(account.fleetContexts(), {
    account: [],
    csv: false,
    json: false,
  });
  return { lines: text.split("\n").map((line) => line.replace(/ +/g, " ")), exitCode };
}

const ROW = "payments eu-west-1 old 1.0.0/1";

test.each(["eu-west-1", "us-east-1"])(
  "fleet exits with 2 if an instance runs a revoked build of an image that left factory.yaml, built in %s",
  async (region) => {
    setOldBuild(region, { "golden-image:revoked": "INC-7" });
    launchMarked("old", region);
    const { lines, exitCode } = await look();
    expect(lines).toContain(`${ROW} ${region} 1 revoked: INC-7`);
    expect(exitCode).toBe(2);
  },
);

test("fleet finds the build of an AMI without a watermark by the AMI's tags", async () => {
  const arn = setOldBuild("eu-west-1", { "golden-image:revoked": "INC-7" });
  account.ec2.on(DescribeImagesCommand).resolves({
    Images: [{ ImageId: "ami-old", Tags: [{ Key: "Ec2ImageBuilderArn", Value: arn }] }],
  });
  account.launch({ id: "i-1", ami: "ami-old", amiOwner: "111111111111" });
  const { lines, exitCode } = await look();
  expect([lines[1], exitCode]).toEqual([`${ROW} eu-west-1 1 revoked: INC-7`, 2]);
});

test("fleet compares instances of an image that left factory.yaml with its shared builds", async () => {
  setOldBuild("eu-west-1", {});
  launchMarked("old");
  const { lines, exitCode } = await look();
  expect([lines[1], exitCode]).toEqual([`${ROW} eu-west-1 1 current`, 0]);
});

test("fleet exits with 1 if no Region lists the build of an image that left factory.yaml", async () => {
  launchMarked("old");
  expect(await look()).toEqual({
    exitCode: 1,
    lines: [
      "account Region image build built in instances state",
      `${ROW} eu-west-1 1 unknown: factory.yaml doesn't contain the image`,
      "",
      "1 account: 0 instances current, 0 behind, 0 revoked, 1 unknown",
      "problem: payments in eu-west-1: 1 instance runs old 1.0.0/1, which wasn't found: factory.yaml doesn't contain the image old",
    ],
  });
});

test("fleet exits with 1 if the builds of an image that left factory.yaml can't be listed", async () => {
  const denied = Object.assign(new Error("not allowed"), { name: "AccessDenied", $metadata: {} });
  account.imageBuilder.on(ListImagesCommand, nameIs("old")).rejects(denied);
  launchMarked("old");
  const { lines, exitCode } = await look();
  expect([exitCode, lines]).toEqual([
    1,
    expect.arrayContaining([
      "problem: eu-west-1: the builds of old couldn't be listed: not allowed",
    ]),
  ]);
});

test("fleet reports AMIs of the shared account that can't be read", async () => {
  const denied = Object.assign(new Error("not allowed"), { name: "AccessDenied", $metadata: {} });
  account.ec2.on(DescribeImagesCommand).rejects(denied);
  account.launch({ id: "i-1", ami: "ami-old", amiOwner: "111111111111" });
  const { lines, exitCode } = await look();
  expect([exitCode, lines.at(-1)]).toEqual([
    1,
    "problem: eu-west-1: AMIs that instances run couldn't be read: AccessDenied: not allowed",
  ]);
});
