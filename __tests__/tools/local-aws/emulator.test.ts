import {
  CreateComponentCommand,
  CreateImageRecipeCommand,
  DeleteImageCommand,
  ImportVmImageCommand,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
} from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceSharesCommand,
} from "@aws-sdk/client-ram";
import { awsManagedComponentArn } from "../../../config/aws/arns";
import { DOCUMENT } from "../../../tools/fixtures/factory-file";
import { SYSTEM_CLOCK } from "../../../tools/local-aws/clock";
import { SmallFactory } from "../../../tools/local-aws/factories/small-factory";
import { AWS_PARENT, GOLDEN } from "../../../tools/local-aws/factories/small-factory-accounts";

// The end-to-end test proves only as much as the emulators reject what AWS rejects.

const UPDATE = { componentArn: awsManagedComponentArn("eu-west-1", "update-linux", "x.x.x") };

const ASSOCIATION_MS = 1_000;

describe("the emulated AWS", () => {
  let factory: SmallFactory;
  let pipeline: string;
  let share: string;
  let time: number;

  /** Ends all associations. The clock stands still between the requests of a test. */
  function settle(): void {
    time += ASSOCIATION_MS;
  }

  beforeEach(async () => {
    time = 0;
    factory = await SmallFactory.start(
      { phase: 5, association: ASSOCIATION_MS, linger: ASSOCIATION_MS },
      { clock: { ...SYSTEM_CLOCK, now: () => time } },
    );
    await factory.share("organization", {
      name: "stable",
      keep: 1,
      bakeHours: 0,
      approval: "automatic",
    });
    pipeline = await factory.pipeline("shared", "base", "1.0.0", AWS_PARENT);
    const pages = [];
    for (let nextToken: string | undefined; pages.length < 2; ) {
      const page = await factory
        .as("shared")
        .ram.send(new GetResourceSharesCommand({ resourceOwner: "SELF", nextToken }));
      pages.push(page.resourceShares ?? []);
      nextToken = page.nextToken;
    }
    // The first page of every list is empty.
    expect(pages.map(({ length }) => length)).toEqual([0, 1]);
    share = pages[1]?.[0]?.resourceShareArn ?? "";
  });
  afterEach(() => factory.stop());

  const recipe = (parentImage: string) =>
    new CreateImageRecipeCommand({
      name: "child",
      semanticVersion: "1.0.0",
      parentImage,
      components: [UPDATE],
    });
  const associate = (arn: string) =>
    factory
      .as("shared")
      .ram.send(
        new AssociateResourceShareCommand({ resourceShareArn: share, resourceArns: [arn] }),
      );
  const disassociate = (arn: string) =>
    factory
      .as("shared")
      .ram.send(
        new DisassociateResourceShareCommand({ resourceShareArn: share, resourceArns: [arn] }),
      );

  test("resolves a parent to a build that the account can see, and rejects a recipe without one", async () => {
    const [shared, orders] = [factory.as("shared"), factory.as("orders")];
    await expect(orders.imageBuilder.send(recipe(GOLDEN))).rejects.toThrow(
      /parent image .* doesn't exist or you can't access it/,
    );
    const { arn } = await factory.build("shared", pipeline);
    await expect(orders.imageBuilder.send(recipe(GOLDEN))).rejects.toThrow(/can't access/);
    expect((await shared.resolve(GOLDEN))?.arn).toBe(arn);
    await associate(arn);
    expect(await orders.resolve(GOLDEN)).toBeUndefined();
    settle();
    expect((await orders.resolve(GOLDEN))?.arn).toBe(arn);
    expect(await factory.as("outsider").resolve(GOLDEN)).toBeUndefined();
    await orders.imageBuilder.send(recipe(GOLDEN));
    await expect(orders.imageBuilder.send(recipe(GOLDEN))).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
    });
  });

  test("fails a build whose parent the account can see but not launch", async () => {
    const { arn } = await factory.build("shared", pipeline);
    await associate(arn);
    settle();
    const app = await factory.pipeline("payments", "payments-web", "1.0.0", GOLDEN);
    const { arn: built } = await factory.build("payments", app);
    expect(await factory.as("payments").resolve(built)).toMatchObject({ status: "FAILED" });
  });

  test("accepts one change of a share's builds at a time", async () => {
    const [one, two] = [
      await factory.build("shared", pipeline),
      await factory.build("shared", pipeline),
    ];
    await associate(one.arn);
    const busy = { name: "InvalidStateTransitionException" };
    await expect(associate(two.arn)).rejects.toMatchObject(busy);
    await expect(disassociate(one.arn)).rejects.toMatchObject(busy);
    settle();
    await associate(two.arn);
  });

  test("shares only builds of the caller's account, and doesn't delete a shared build", async () => {
    await expect(associate(GOLDEN)).rejects.toMatchObject({ name: "MalformedArnException" });
    await expect(associate(GOLDEN.replace("x.x.x", "9.9.9/1"))).rejects.toMatchObject({
      name: "UnknownResourceException",
    });
    const { arn } = await factory.build("shared", pipeline);
    await associate(arn);
    settle();
    const deletion = new DeleteImageCommand({ imageBuildVersionArn: arn });
    await expect(factory.as("shared").imageBuilder.send(deletion)).rejects.toMatchObject({
      name: "ResourceDependencyException",
    });
    await disassociate(arn);
    settle();
    await factory.as("shared").imageBuilder.send(deletion);
    expect(factory.aws.builds.arns()).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ["a name that doesn't match its pattern", { name: "a!!b" }, /of name doesn't match/],
    ["a version with a wildcard", { semanticVersion: "1.0.x" }, /of semanticVersion doesn't match/],
    ["a parent that is no image", { parentImage: "nonsense" }, /of parentImage doesn't match/],
    ["a component twice", { components: [UPDATE, UPDATE] }, /must not contain a component twice/],
    [
      "a component without an ARN",
      { components: [{}] },
      /CreateImageRecipe: missing components\[0\]\.componentArn/,
    ],
    [
      "a component of another account",
      {
        components: [
          {
            componentArn: UPDATE.componentArn
              .replace(":aws:component", ":333333333333:component")
              .replace("x.x.x", "1.0.0/1"),
          },
        ],
      },
      /doesn't exist/,
    ],
    [
      "a parent of another Region",
      { parentImage: AWS_PARENT.replace("eu-west-1", "us-east-1") },
      /us-east-1:aws:image\/.* doesn't exist/,
    ],
    [
      "a device twice",
      { blockDeviceMappings: [{ deviceName: "/dev/xvda" }, { deviceName: "/dev/xvda" }] },
      /A device must not occur twice/,
    ],
    [
      "a volume that is too large",
      { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 16_001 } }] },
      /'volumeSize' is not valid. It must be between 1 and 16000/,
    ],
    [
      "a key for a volume that isn't encrypted",
      { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { kmsKeyId: "alias/images" } }] },
      /A key requires an encrypted volume/,
    ],
  ])("rejects a recipe with %s", async (_description, wrong, message) => {
    const input = {
      name: "child",
      semanticVersion: "1.0.0",
      parentImage: AWS_PARENT,
      components: [UPDATE],
      ...wrong,
    };
    await expect(
      factory.as("shared").imageBuilder.send(new CreateImageRecipeCommand(input)),
    ).rejects.toThrow(message);
  });

  const component = (data: string) =>
    new CreateComponentCommand({
      name: "agent",
      semanticVersion: "1.0.0",
      platform: "Linux",
      data,
    });

  test.each<[string, string, RegExp]>([
    ["another schema version", DOCUMENT.replace("1.0", "2.0"), /The schema version must be 1.0/],
    [
      "no phase that Image Builder runs",
      DOCUMENT.replace("name: build", "name: later"),
      /must contain one of the phases build, validate, test/,
    ],
    [
      "a step whose name contains a space",
      DOCUMENT.replace("name: Install", "name: Install agent"),
      /Invalid step name 'Install agent' in phase 'build'/,
    ],
    ["a step without an action", DOCUMENT.replace("action:", "does:"), /must have an action/],
    ["a phase without steps", DOCUMENT.replace(/ {4}steps:.*/s, ""), /must contain a step/],
  ])("rejects a component document with %s", async (_description, data, message) => {
    await expect(factory.as("shared").imageBuilder.send(component(data))).rejects.toThrow(message);
  });

  test("rejects a recipe whose parameters don't fit its components", async () => {
    const { imageBuilder } = factory.as("shared");
    const { componentBuildVersionArn: componentArn } = await imageBuilder.send(component(DOCUMENT));
    const create = (...names: string[]) =>
      imageBuilder.send(
        new CreateImageRecipeCommand({
          name: "child",
          semanticVersion: "1.0.0",
          parentImage: AWS_PARENT,
          components: [
            UPDATE,
            { componentArn, parameters: names.map((name) => ({ name, value: ["/opt"] })) },
          ],
        }),
      );
    await expect(create("Path", "Port")).rejects.toThrow(
      "The value supplied for parameter 'components[1].parameters' is not valid. The following parameters are not defined in the provided component: Port",
    );
    await expect(create("LogLevel")).rejects.toThrow("need a value: Path");
    await create("Path");
  });

  test("hides pipelines and builds from other accounts", async () => {
    const orders = factory.as("orders");
    await expect(orders.build(pipeline)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const { arn } = await factory.build("shared", pipeline);
    await expect(orders.tag(arn, "a", "b")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const { imageVersionList } = await orders.imageBuilder.send(
      new ListImagesCommand({ owner: "Shared" }),
    );
    expect(imageVersionList).toEqual([]);
    const builds = new ListImageBuildVersionsCommand({
      imageVersionArn: arn.replace(/\/\d+$/, ""),
    });
    expect((await orders.imageBuilder.send(builds)).imageSummaryList).toEqual([]);
  });

  test("reports a request that isn't emulated, and records every call with its account", async () => {
    const imported = new ImportVmImageCommand({
      name: "vm",
      semanticVersion: "1.0.0",
      platform: "Linux",
      vmImportTaskId: "t",
    });
    await expect(factory.as("orders").imageBuilder.send(imported)).rejects.toThrow(
      "ImportVmImage is not emulated",
    );
    expect(factory.aws.emulator.calls.at(-1)).toMatchObject({
      account: "333333333333",
      service: "imagebuilder",
      operation: "ImportVmImage",
      fault: "NotImplementedException",
    });
  });
});
