import {
  GetImageCommand,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import { selectFleet } from "../../../cli/catalogue/fleet";
import { which } from "../../../cli/day-two/which";
import { Context } from "../../../cli/deployed/context";
import { PREFIX } from "../trust/mocked-account";
import { MockedFleet } from "./mocked-fleet";

const INSTANCE = "i-0123456789abcdef0";
const APP_BUILD = "arn:aws:imagebuilder:eu-west-1:222222222222:image/payments-web/1.0.0/1";

let account: MockedFleet;
beforeEach(() => {
  account = new MockedFleet();
  account.setBuilds({ "1.0.3/1": ["ami-3"], "1.0.2/1": ["ami-2"] });
  account.share("1.0.3/1");
  account.scan({});
});
afterEach(() => account.stop());

/**
 * An instance of an app image that was built on 1.0.3/1, which has the watermark of an ancestor.
 */
function launchAppImage(ancestor: string, sourceRegion = "eu-west-1"): void {
  const key = `111111111111:golden/base/${ancestor}`;
  const watermarks = [{ key, sourceId: "ami-gone", sourceRegion, attachedAt: 0 }];
  account.launch({ id: INSTANCE, ami: "ami-app", amiOwner: "222222222222", watermarks });
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

/** @param deployRole - role that may read the builds of the app account */
async function rowsOf(deployRole: string | undefined, ...regions: string[]) {
  const contexts = account.fleetContexts(deployRole, ...regions);
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

test("which names why the parents of the account's builds can't be read, if no watermark names a build", async () => {
  account.launch({ id: INSTANCE, ami: "ami-app", amiOwner: "222222222222" });
  const message =
    "the parents of its builds can't be read: the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE";
  expect(await rowsOf(undefined)).toEqual({
    builds: [],
    text: `${INSTANCE} in payments, eu-west-1 runs ami-app, which isn't known to be based on a golden build: ${message}`,
    notFound: [INSTANCE],
    notes: [{ account: "payments", region: "eu-west-1", message: `${INSTANCE}: ${message}` }],
    problems: [],
  });
});

test("which doesn't hide a defect behind parents that can't be read", async () => {
  account.launch({ id: INSTANCE, ami: "ami-app", amiOwner: "222222222222" });
  account.imageBuilder.on(ListImagesCommand).rejects(new TypeError("a defect"));
  await expect(rowsOf("deploy")).rejects.toThrow("a defect");
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
    problems: [
      { region: "eu-west-1", message: "the builds of base couldn't be listed: busy" },
      expect.anything(),
    ],
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
