import { DescribeImageAttributeCommand, GetImageFindingsCommand } from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  ListImageBuildVersionsCommand,
  ListImagePackagesCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import { ListParentsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { mockClient } from "aws-sdk-client-mock";
import { packagesOf } from "../../../catalogue/package-table";
import { Catalogue } from "../../../catalogue/schema";
import { gatherCatalogue } from "../../../cli/catalogue/gather";
import { Context } from "../../../cli/deployed/context";
import type { Instance } from "../../../cli/deployed/fleet-join";
import { Organization } from "../../../cli/organization";
import { notes } from "../../../cli/trust/notes";
import { renderTrustedKeys } from "../../../config/trusted-keys";
import { keyIdOf } from "../../../contract/dsse";
import type { ReleaseNotes } from "../../../lambda/recorder/notes/release-notes";
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
function contexts(): Context[] {
  return account
    .contexts()
    .map(({ factory, region }) => new Context({ ...factory, evidence: true }, region));
}

async function gather(
  keys: Parameters<typeof gatherCatalogue>[1] = [],
  fleet?: Parameters<typeof gatherCatalogue>[2],
) {
  // As a program reads it.
  return Catalogue.parse(
    JSON.parse(JSON.stringify(await gatherCatalogue(contexts(), keys, fleet))),
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
  const names = buildsOf(catalogue).map((one) => [
    one.build,
    one.packages &&
      packagesOf(catalogue.packages, one)
        .map(({ name, version }) => `${name} ${version}`)
        .sort(),
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
        exceedsLimits: true,
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

test("gatherCatalogue reads no findings of containers, which are in Amazon ECR", async () => {
  const containers = contexts().map(({ factory, region }) => {
    const [base] = factory.shared.images;
    const shared = { ...factory.shared, images: [], containers: [{ ...base, kind: "container" }] };
    return new Context({ ...factory, shared } as never, region);
  });
  account.imageBuilder.on(ListImageBuildVersionsCommand).callsFake(({ imageVersionArn }) => ({
    imageSummaryList: [
      {
        arn: `${imageVersionArn}/1`,
        state: { status: "AVAILABLE" },
        dateCreated: "2026-01-01T00:00:00.000Z",
        outputResources: { containers: [{ region: "eu-west-1", imageUris: ["repo:1"] }] },
      },
    ],
  }));
  account.imageBuilder.on(GetImageCommand).callsFake(({ imageBuildVersionArn: arn }) => ({
    image: {
      arn,
      outputResources: { containers: [{ region: "eu-west-1", imageUris: ["repo:1"] }] },
    },
  }));
  const catalogue = Catalogue.parse(
    JSON.parse(JSON.stringify(await gatherCatalogue(containers, []))),
  );
  const shared = buildsOf(catalogue).find(({ sharedIn }) => sharedIn.length > 0);
  expect(shared).toMatchObject({ build: "1.0.3/1", containers: ["repo:1"] });
  expect(shared?.findings).toBeUndefined();
  expect(shared?.notes?.map(({ findings }) => findings)).toEqual([undefined]);
});

describe("gatherCatalogue of an image with a golden parent", () => {
  const PARENT = "arn:aws:imagebuilder:eu-west-1:111111111111:image/parent";
  /** Sets what Image Builder names as the parent of builds. */
  function setParent(parentOf: (arn: string) => string | undefined): string[] {
    const read: string[] = [];
    account.imageBuilder.on(GetImageCommand).callsFake(({ imageBuildVersionArn: arn }) => {
      read.push(arn.split("image/")[1]);
      const parentImage = parentOf(arn);
      return { image: { arn, imageRecipe: parentImage === undefined ? {} : { parentImage } } };
    });
    return read;
  }

  beforeEach(() => {
    const manifest = [...account.objects].find(([key]) => key.startsWith("components/"));
    if (!manifest) throw new Error("the account has a manifest");
    const content = JSON.parse(manifest[1]);
    content.images.base.parent = "parent";
    content.images.parent = { channels: {} };
    account.deployManifest(content);
  });

  test("names the builds whose parents aren't known, which inherit no revocation", async () => {
    setParent((arn) => (arn.includes("/parent/") ? undefined : `${PARENT}/1.0.0/7`));
    const [newest] = buildsOf(await gather());
    expect(newest).toMatchObject({ parent: "parent 1.0.0/7" });
    expect(newest?.unknownParentOf).toBe("parent 1.0.0/7");
    setParent((arn) => (arn.includes("/base/") ? undefined : "ami-1"));
    const [other] = buildsOf(await gather());
    expect(other).toMatchObject({ parent: "-", unknownParentOf: "base 1.0.3/2" });
  });

  test("reads the parents of the newest builds down to the one before the shared ones, each once", async () => {
    const read = setParent(() => "ami-1");
    account.tagBuild("1.0.1/1", { "golden-image:parent": `${PARENT}/1.0.0/7` });
    const builds = buildsOf(await gather());
    expect(builds.map(({ build, parent }) => [build, parent])).toEqual([
      ["1.0.3/2", "ami-1"],
      ["1.0.3/1", "ami-1"],
      ["1.0.2/1", "ami-1"],
      ["1.0.1/1", "parent 1.0.0/7"],
    ]);
    expect(read).not.toContain("base/1.0.1/1");
  });

  test("lists a build whose parent can't be read, and says why", async () => {
    setParent(() => {
      throw Object.assign(new Error("busy"), { name: "ThrottlingException", $metadata: {} });
    });
    const catalogue = await gather();
    const [newest, , , oldest] = buildsOf(catalogue);
    expect(newest?.unread?.parent).toBe("ThrottlingException: busy");
    expect([newest?.parent, oldest?.parent, oldest?.unread]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(catalogue.problems.map(({ message }) => message)).toContain(
      "base 1.0.3/2: ThrottlingException: busy",
    );
  });
});

/** The accounts of the factory, in which one instance of each kind runs. */
function fleetOf(
  instances: readonly Instance[],
): NonNullable<Parameters<typeof gatherCatalogue>[2]> {
  return {
    accounts: contexts()[0]?.factory.apps ?? [],
    notLookedAt: [],
    sharedAccount: "111111111111",
    regionsOf: () => ["eu-west-1"],
    organization: new Organization(async () => []),
    now: Date.parse("2026-01-11"),
    open: async () => ({
      parents: async () => new Map(),
      instances: async function* () {
        yield instances;
      },
    }),
  };
}

function markedInstance(image: string): Instance {
  return {
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
  };
}

test("gatherCatalogue distinguishes instances on builds that were deleted and builds that couldn't be read", async () => {
  const { fleet } = await gather([], fleetOf(["base", "removed"].map(markedInstance)));
  const [deleted, unread] = fleet?.running ?? [];
  expect(deleted).toMatchObject({ image: "base", state: "behind", isDeleted: true });
  expect(unread).toMatchObject({ image: "removed", state: "unknown" });
  expect(unread?.isDeleted).toBeUndefined();
});

test("gatherCatalogue looks at instances without listing the builds again", async () => {
  const lists = (): number => account.imageBuilder.commandCalls(ListImagesCommand).length;
  await gather();
  const once = lists();
  const instance = { ...markedInstance("base"), ami: "ami-4" };
  const { fleet } = await gather([], fleetOf([instance]));
  expect(fleet?.running).toMatchObject([
    { image: "base", build: "1.0.2/1", state: "behind", behindBuilds: 1, behindDays: 10 },
  ]);
  expect(lists()).toBe(2 * once);
});

test("gatherCatalogue knows the build of a shared AMI that was deregistered, if an instance runs it", async () => {
  account.ec2
    .on(DescribeImageAttributeCommand, { ImageId: "ami-3" })
    .rejects(Object.assign(new Error("gone"), { name: "InvalidAMIID.Unavailable" }));
  const { fleet } = await gather([], fleetOf([{ ...markedInstance("base"), ami: "ami-3" }]));
  expect(fleet?.running).toMatchObject([{ image: "base", build: "1.0.3/1" }]);
});

test("gatherCatalogue contains the release notes of shared builds that factory notes prints", async () => {
  account.deploy({ keep: 2 });
  account.share("1.0.3/1", "1.0.2/1");
  account.tagBuild("1.0.3/1", { "golden-image:approved-stable": "CHG-7" });
  account.scan(
    {
      "ami-3": { FindingScanDate: new Date("2026-01-03") },
      "ami-4": { FindingScanDate: new Date("2026-01-03") },
    },
    {
      "ami-3": [{ Title: "CVE-2026-1 - openssl", SeverityLabel: "high" }],
      "ami-4": [{ Title: "CVE-2026-2 - bash", SeverityLabel: "low" }],
    },
  );
  const { data } = await notes(contexts(), { image: "base", from: undefined, to: undefined });
  const [printed] = (data as { readonly notes: readonly ReleaseNotes[] }).notes;
  const [newest, shared, before] = buildsOf(await gather());
  expect(newest?.notes).toBeUndefined();
  expect(shared?.notes).toEqual([
    {
      channel: "stable",
      approval: "CHG-7",
      from: "1.0.2/1",
      recipe: {},
      parent: {},
      components: [],
      packages: { up: 1, down: 0, changed: 0, added: 0, removed: 0 },
      findings: {
        before: [{ severity: "low", count: 1 }],
        after: [{ severity: "high", count: 1 }],
        added: [{ title: "CVE-2026-1 - openssl", severity: "high" }],
        removed: [{ title: "CVE-2026-2 - bash", severity: "low" }],
      },
    },
  ]);
  expect(shared?.notes?.[0]?.findings).toEqual(printed?.findings);
  expect([printed?.to, printed?.from, printed?.packages?.up.length]).toEqual([
    "1.0.3/1",
    "1.0.2/1",
    1,
  ]);
  // The build that it is compared with isn't shared. It must be in the catalogue with its packages.
  expect(before?.notes).toMatchObject([{ from: "1.0.1/1" }]);
  expect(buildsOf(await gather()).at(-1)?.packages).toHaveLength(2);
});

test("gatherCatalogue reads the packages and findings of a build once", async () => {
  account.share("1.0.3/1", "1.0.2/1");
  account.scan({ "ami-3": { FindingScanDate: new Date("2026-01-03") } });
  await gather();
  const listed = account.imageBuilder
    .commandCalls(ListImagePackagesCommand)
    .map(({ args }) => args[0].input.imageBuildVersionArn);
  expect(listed).toHaveLength(new Set(listed).size);
  expect(account.ec2.commandCalls(GetImageFindingsCommand)).toHaveLength(1);
});

test("gatherCatalogue marks the parts of a build that couldn't be read, and nothing else", async () => {
  account.scan({ "ami-3": { FindingScanDate: new Date("2026-01-03") } });
  account.ec2
    .on(GetImageFindingsCommand)
    .rejects(Object.assign(new Error("busy"), { name: "Throttling", $metadata: {} }));
  const catalogue = await gather();
  const [newest, shared, before] = buildsOf(catalogue);
  expect(shared?.unread).toEqual({ findings: "Throttling: busy", notes: "Throttling: busy" });
  expect([shared?.findings, shared?.notes, shared?.packages?.length]).toEqual([
    undefined,
    undefined,
    2,
  ]);
  expect([newest?.unread, before?.unread]).toEqual([undefined, undefined]);
  expect(catalogue.images[0]?.unread).toBeUndefined();
  expect(catalogue.problems).toEqual([
    { region: "eu-west-1", message: "base 1.0.3/1: Throttling: busy" },
  ]);
});

test("gatherCatalogue marks an image of which builds couldn't be listed", async () => {
  account.imageBuilder
    .on(ListImageBuildVersionsCommand)
    .rejects(Object.assign(new Error("busy"), { name: "Throttling", $metadata: {} }));
  const catalogue = await gather();
  const [base] = catalogue.images;
  expect(base?.unread).toEqual(expect.arrayContaining([{ region: "eu-west-1", message: "busy" }]));
  expect(catalogue.problems).toEqual([{ region: "eu-west-1", message: "busy" }]);
});

test("contexts call Image Builder again up to ten times, and slower when it throttles", async () => {
  const [context] = contexts();
  const { maxAttempts, retryMode } = context?.imageBuilder.config ?? {};
  const read = (value: unknown) => (typeof value === "function" ? value() : value);
  expect([await read(maxAttempts), await read(retryMode)]).toEqual([10, "adaptive"]);
});
