import { DescribeInstanceImageMetadataCommand, type EC2Client } from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { selectFleet } from "../../../cli/catalogue/fleet";
import { Context } from "../../../cli/day-two/context";
import { which } from "../../../cli/day-two/which";
import { MockedAccount, PREFIX } from "../trust/mocked-account";

const INSTANCE = "i-0123456789abcdef0";
const APP_BUILD = "arn:aws:imagebuilder:eu-west-1:222222222222:image/payments-web/1.0.0/1";

let account: MockedAccount;
const sts = mockClient(STSClient);
beforeEach(() => {
  account = new MockedAccount();
  account.setBuilds({ "1.0.3/1": ["ami-3"], "1.0.2/1": ["ami-2"] });
  account.share("1.0.3/1");
  account.scan({});
  sts.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111111111111" });
  sts.on(AssumeRoleCommand).resolves({
    Credentials: {
      AccessKeyId: "payments",
      SecretAccessKey: "x",
      SessionToken: "x",
      Expiration: new Date("2036-01-01"),
    },
  });
});
afterEach(() => account.stop());
afterAll(() => sts.restore());

/** An instance of an app image that was built on 1.0.3/1, which has the watermark of an ancestor. */
function launchAppImage(ancestor: string, sourceRegion = "eu-west-1"): void {
  account.ec2.on(DescribeInstanceImageMetadataCommand).callsFake(async (_, getClient) => ({
    InstanceImageMetadata: (await isInPayments(getClient()))
      ? [
          {
            InstanceId: INSTANCE,
            ImageMetadata: {
              ImageId: "ami-app",
              OwnerId: "222222222222",
              ImageWatermarks: [
                {
                  WatermarkKey: `111111111111:golden/base/${ancestor}`,
                  SourceImageId: "ami-gone",
                  SourceImageRegion: sourceRegion,
                },
              ],
            },
          },
        ]
      : [],
  }));
  account.imageBuilder
    .on(ListImagesCommand, { filters: [{ name: "name", values: ["payments-web"] }] })
    .resolves({ imageVersionList: [{ arn: APP_BUILD.replace(/\/1$/, "") }] })
    .on(ListImageBuildVersionsCommand, { imageVersionArn: APP_BUILD.replace(/\/1$/, "") })
    .resolves({
      imageSummaryList: [
        { arn: APP_BUILD, outputResources: { amis: [{ region: "eu-west-1", image: "ami-app" }] } },
      ],
    })
    .on(GetImageCommand, { imageBuildVersionArn: APP_BUILD })
    .resolves({ image: { arn: APP_BUILD, imageRecipe: { parentImage: `${PREFIX}/1.0.3/1` } } });
}

/** Returns whether a client uses the role in the app account. */
async function isInPayments(client: EC2Client): Promise<boolean> {
  const credentials = await client.config.credentials().catch(() => undefined);
  return credentials?.accessKeyId === "payments";
}

/** @param deployRole - role that may read the builds of the app account */
async function rowsOf(deployRole: string | undefined, ...regions: string[]) {
  const contexts = account.contexts(...regions).map(({ factory, region }) => {
    const apps = factory.apps.map((app) => ({ ...app, fleet: true, deployRole }));
    const images = factory.shared.images.map((image) => ({
      ...image,
      ...(regions.length > 0 && { regions }),
    }));
    return new Context({ ...factory, apps, shared: { ...factory.shared, images } }, region);
  });
  const { text, data } = await which(contexts, { ids: [INSTANCE] });
  const { found, ...rest } = data as {
    readonly found: readonly { readonly build: string; readonly status?: string }[];
    readonly problems: readonly unknown[];
  };
  return { builds: found.map(({ build, status }) => `${build} ${status}`), text, ...rest };
}

test("which prefers the known parent of an app image to the watermark of an older ancestor", async () => {
  launchAppImage("1.0.2/1");
  expect(await rowsOf("deploy")).toMatchObject({ builds: ["1.0.3/1 AVAILABLE"], problems: [] });
});

test("which prefers the watermark of a revoked build to a parent that Image Builder has deleted", async () => {
  account.setBuilds({ "1.0.2/1": ["ami-2"] });
  launchAppImage("1.0.2/1");
  expect(await rowsOf("deploy")).toMatchObject({ builds: ["1.0.3/1 DELETED"] });
  account.tagBuild("1.0.2/1", { "golden-image:revoked": "INC-1" });
  expect(await rowsOf("deploy")).toMatchObject({ builds: ["1.0.2/1 AVAILABLE"] });
});

test("which uses the watermark if the parents of the account's builds can't be read", async () => {
  launchAppImage("1.0.2/1");
  expect(await rowsOf(undefined)).toMatchObject({ builds: ["1.0.2/1 AVAILABLE"], problems: [] });
});

test("which names a deleted build by its watermark", async () => {
  launchAppImage("1.0.1/9");
  expect(await rowsOf(undefined)).toMatchObject({ builds: ["1.0.1/9 DELETED"] });
});

test("which reports builds that can't be listed, and finds the instance even so", async () => {
  launchAppImage("1.0.1/9");
  account.imageBuilder
    .on(ListImagesCommand)
    .rejects(Object.assign(new Error("busy"), { name: "Throttling", $metadata: {} }));
  expect(await rowsOf(undefined)).toMatchObject({
    builds: ["1.0.1/9 DELETED"],
    problems: [{ region: "eu-west-1", message: "busy" }, expect.anything()],
  });
});

test("which names a deleted build of a copy, whose Region isn't known", async () => {
  account.setBuilds({});
  launchAppImage("1.0.1/9", "ap-south-1");
  expect(await rowsOf(undefined, "eu-west-1", "us-east-1")).toMatchObject({
    builds: [],
    text: `${INSTANCE} in payments, eu-west-1 runs ami-app, based on base 1.0.1/9, which wasn't found in eu-west-1, us-east-1`,
    problems: [],
  });
});

/** One of the two Regions of a factory. */
function oneOfTwoRegions(): Context {
  const [context] = account.contexts();
  if (!context) throw new Error("the account has a Region");
  const { shared } = context.factory;
  const regions = shared.regions.flatMap((region) => [region, { ...region, name: "us-east-1" }]);
  return new Context({ ...context.factory, shared: { ...shared, regions } }, "eu-west-1");
}

test("which rejects --region with an instance, which can run a build of another Region", async () => {
  await expect(which([oneOfTwoRegions()], { ids: ["i-0123456789abcdef0"] })).rejects.toThrow(
    "--region: must not be set with the ID of an instance, because instances can run builds of every Region, got: eu-west-1",
  );
});

test("catalogue --fleet rejects --region", () => {
  expect(() => selectFleet([oneOfTwoRegions()], undefined)).toThrow(
    "--region: must not be set with --fleet, because instances can run builds of every Region, got: eu-west-1",
  );
});
