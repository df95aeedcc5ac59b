import { ListImagePackagesCommand } from "@aws-sdk/client-imagebuilder";
import { ListParentsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { mockClient } from "aws-sdk-client-mock";
import { Catalogue } from "../../../catalogue/schema";
import { gatherFleet } from "../../../cli/catalogue/fleet";
import { gatherCatalogue } from "../../../cli/catalogue/gather";
import { Context } from "../../../cli/day-two/context";
import { renderTrustedKeys } from "../../../config/trusted-keys";
import { keyIdOf } from "../../../contract/dsse";
import { recordBuild } from "../../../lambda/recorder/record";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";
import { MockedAccount } from "../trust/mocked-account";

const BUCKET = "golden-image-factory-evidence-111111111111-eu-west-1";

let account: MockedAccount;
const organizations = mockClient(OrganizationsClient);
beforeEach(() => {
  account = new MockedAccount();
  account.setBuilds({
    "1.0.3/2": ["ami-1"],
    "1.0.3/1": ["ami-3"],
    "1.0.2/1": ["ami-4"],
    "1.0.1/1": ["ami-5"],
  });
  account.share("1.0.3/1");
  account.scan({});
  account.imageBuilder.on(ListImagePackagesCommand).callsFake(({ imageBuildVersionArn: arn }) => ({
    imagePackageList: [
      { packageName: "bash", packageVersion: "5.2" },
      { packageName: "openssl", packageVersion: arn.endsWith("1.0.2/1") ? "3.0.7" : "3.0.8" },
    ],
  }));
  organizations.reset();
  organizations
    .on(ListParentsCommand)
    .rejects(
      Object.assign(new Error("not allowed"), { name: "AccessDeniedException", $metadata: {} }),
    );
});
afterEach(() => account.stop());
afterAll(() => organizations.restore());

/** The contexts of a factory that stores evidence. */
function contexts(...regions: string[]): Context[] {
  return account
    .contexts(...regions)
    .map(({ factory, region }) => new Context({ ...factory, evidence: true }, region));
}

async function gather(keys: Parameters<typeof gatherCatalogue>[1] = [], ...regions: string[]) {
  // As a program reads it.
  return Catalogue.parse(
    JSON.parse(JSON.stringify(await gatherCatalogue(contexts(...regions), keys))),
  );
}

function buildsOf({ images }: Catalogue) {
  return images.find(({ name }) => name === "base")?.builds ?? [];
}

test("gatherCatalogue lists packages of the newest build, the shared ones and those before them, each once", async () => {
  const catalogue = await gather();
  expect(catalogue.packages.toSorted()).toEqual([
    ["bash", "5.2"],
    ["openssl", "3.0.7"],
    ["openssl", "3.0.8"],
  ]);
  const names = buildsOf(catalogue).map(({ build, packages }) => [
    build,
    packages?.map((position) => catalogue.packages[position]?.join(" ")),
  ]);
  expect(names).toEqual([
    ["1.0.3/2", ["bash 5.2", "openssl 3.0.8"]],
    ["1.0.3/1", ["bash 5.2", "openssl 3.0.8"]],
    ["1.0.2/1", ["bash 5.2", "openssl 3.0.7"]],
    ["1.0.1/1", undefined],
  ]);
});

test("gatherCatalogue verifies statements with trusted keys, and without keys doesn't look for them", async () => {
  expect(buildsOf(await gather()).map(({ evidence }) => evidence)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(account.s3.calls().filter(({ args }) => JSON.stringify(args).includes(BUCKET))).toEqual(
    [],
  );

  const recorder = new FakeRecorder();
  await recordBuild(recorder.aws, MANIFEST, { build: BUILD });
  for (const [key, text] of recorder.objects) account.objects.set(`${BUCKET}/${key}`, text);
  account.objects.set(`${BUCKET}/base/1.0.3/1/provenance.dsse.json`, "{}");
  const { publicKey } = recorder;
  const key = {
    accountId: "111111111111",
    region: "eu-west-1",
    keyid: keyIdOf(publicKey),
    publicKey,
  };
  expect(renderTrustedKeys([key])).toContain(key.keyid);
  const [newest, shared, before, oldest] = buildsOf(await gather([key]));
  expect(newest?.evidence).toEqual({
    kind: "valid",
    keyid: key.keyid,
    dependencies: expect.arrayContaining([
      {
        name: "recipe",
        uri: "arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/base/1.0.3",
      },
    ]),
  });
  expect(shared?.evidence).toEqual({ kind: "invalid", reason: expect.any(String) });
  expect(before?.evidence).toEqual({ kind: "missing" });
  expect(oldest?.evidence).toBeUndefined();
});

test("gatherCatalogue contains what was found in shared builds and the newest, and the verdicts of channels", async () => {
  account.deploy({
    findings: { maxSeverity: "low", fixWithinDays: {}, exceptions: [], reportOnly: false },
  });
  const scan = {
    FindingScanDate: new Date("2026-01-03"),
    HighestFindingSeverityLabel: "high",
  } as const;
  account.scan(
    { "ami-1": scan, "ami-3": scan },
    { "ami-3": [{ Title: "CVE-2026-1 - openssl", SeverityLabel: "high", FixAvailable: true }] },
  );
  const catalogue = await gather();
  const [, shared, before] = buildsOf(catalogue);
  expect(shared?.findings).toEqual({
    scanned: "2026-01-03T00:00:00.000Z",
    list: [{ title: "CVE-2026-1 - openssl", severity: "high", hasFix: true, paths: [] }],
    channels: [
      {
        channel: "stable",
        isShared: true,
        reasons: ["has a finding of severity high, and the channel allows at most low"],
        reportOnly: false,
      },
    ],
  });
  expect(before?.findings).toBeUndefined();
  expect(catalogue.images[0]?.channels[0]?.findings?.maxSeverity).toBe("low");
});

test("gatherCatalogue knows the OUs of accounts only if AWS Organizations answers", async () => {
  const accounts = async () =>
    (await gather()).accounts.map(({ id, units, isOutside }) => [id, units ?? isOutside]);
  expect(await accounts()).toEqual([
    ["111111111111", undefined],
    ["222222222222", undefined],
  ]);
  expect(organizations.calls()).toHaveLength(1);

  organizations.on(ListParentsCommand).callsFake(({ ChildId }) => {
    if (ChildId === "111111111111") return { Parents: [{ Id: "r-1", Type: "ROOT" }] };
    if (ChildId === "222222222222")
      return { Parents: [{ Id: "ou-1", Type: "ORGANIZATIONAL_UNIT" }] };
    return { Parents: [{ Id: "r-1", Type: "ROOT" }] };
  });
  expect(await accounts()).toEqual([
    ["111111111111", []],
    ["222222222222", ["ou-1"]],
  ]);
});

test("gatherCatalogue names the error of a part that can't be read, and contains the rest", async () => {
  account.imageBuilder
    .on(ListImagePackagesCommand)
    .rejects(Object.assign(new Error("busy"), { name: "ThrottlingException", $metadata: {} }));
  const catalogue = await gather();
  // The builds are read at the same time.
  expect(catalogue.problems.map(({ message }) => message).sort()).toEqual(
    ["1.0.2/1", "1.0.3/1", "1.0.3/2"].map((build) => `base ${build}: ThrottlingException: busy`),
  );
  expect(buildsOf(catalogue).map(({ build, sharedIn }) => [build, sharedIn])).toEqual([
    ["1.0.3/2", []],
    ["1.0.3/1", ["stable"]],
    ["1.0.2/1", []],
    ["1.0.1/1", []],
  ]);
});

test("gatherFleet distinguishes builds that were deleted and builds that couldn't be read", async () => {
  const { factory } = contexts()[0] as Context;
  const instanceOn = (image: string) => ({
    id: `i-${image}`,
    ami: `ami-${image}`,
    amiOwner: "999999999999",
    watermarks: [
      {
        key: `111111111111:golden/${image}/1.0.1/9`,
        sourceId: "ami-gone",
        sourceRegion: "eu-west-1",
        attachedAt: 1,
      },
    ],
  });
  const { fleet } = await gatherFleet(await gather(), contexts(), {
    accounts: factory.apps,
    notLookedAt: [],
    sharedAccount: "111111111111",
    regionsOf: () => ["eu-west-1"],
    membershipOf: async () => undefined,
    now: 0,
    open: async () => ({
      parents: async () => new Map(),
      instances: async function* () {
        yield ["base", "removed"].map(instanceOn);
      },
    }),
  });
  const [deleted, unread] = fleet?.running ?? [];
  expect(deleted).toMatchObject({ image: "base", state: "behind", isDeleted: true });
  expect(unread).toMatchObject({ image: "removed", state: "unknown" });
  expect(unread?.isDeleted).toBeUndefined();
});
