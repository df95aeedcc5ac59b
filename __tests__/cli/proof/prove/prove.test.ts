import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import { sessionFor } from "../../../../cli/proof/prove/policy";
import { type ProveReport, renderProof } from "../../../../cli/proof/prove/render";
import { AMI, BUILD, FakeAccount, noAnswer, SUBNET } from "./fake-account";

const aws = new FakeAccount();
const environment = { ...process.env };

beforeEach(() => {
  aws.reset();
  jest.spyOn(console, "error").mockImplementation();
});
afterAll(() => {
  process.env = environment;
  aws.remove();
});

/** Replaces the random part of names. */
function withoutId(text: string | undefined): string | undefined {
  return text?.replace(/prove-[0-9a-f]{12}/g, "prove-ID").replace(/\b(i|sg)-\d+/g, "$1-N");
}

/** Returns the steps that aren't ok, without their times. */
function problems({ data }: { readonly data?: unknown }): object[] {
  return (data as ProveReport).steps
    .filter(({ outcome }) => outcome !== "ok")
    .map(({ seconds: _, ...step }) => step);
}

test("prove shows that an account can use an image, and changes nothing", async () => {
  const { text, exitCode } = await aws.prove();
  expect(text).toBe(`base in payments (222222222222) in eu-west-1, current credentials
  ok: resolve
    x.x.x is 1.0.3/2, with ${AMI}
  ok: launch-permission
    the account can launch ${AMI}
  ok: key
    the account can see the image key, which is enabled
  ok: dry-run
    these credentials may launch an instance. EC2 doesn't check the key in a dry run

ok, after 0 s`);
  expect(exitCode).toBe(0);
  expect(aws.calls).toEqual(["GetImage", "DescribeImages", "DescribeKey", "RunInstances"]);
  expect(aws.inputs.at(-1)?.input.DryRun).toBe(true);
});

test("prove --recipe --launch creates a recipe and an instance, and removes them", async () => {
  const { text, data, exitCode } = await aws.launch({ recipe: true });
  expect(withoutId(text)).toBe(`base in payments (222222222222) in eu-west-1, current credentials
  ok: resolve
    x.x.x is 1.0.3/2, with ${AMI}
  ok: launch-permission
    the account can launch ${AMI}
  ok: key
    the account can see the image key, which is enabled
  ok: dry-run
    these credentials may launch an instance. EC2 doesn't check the key in a dry run
  ok: recipe
    Image Builder accepts a recipe that is based on it. The recipe was deleted again
  ok: launch, 21 s
    i-N (t3.medium) started, and passed both status checks
  ok: cleanup
    terminated i-N, deleted sg-N

ok, after 22 s
t3.medium ran for 21 s, for about USD 0.0007 with the price of us-east-1 as of 2026-07-20, and its volumes`);
  expect(
    renderProof(data as ProveReport, 60)
      .split("\n")
      .filter((line) => line.length > 60),
  ).toEqual([]);
  expect(exitCode).toBe(0);
  expect(aws.left).toEqual([]);
});

test("prove launches an instance that nothing can reach, and that ends by itself", async () => {
  await aws.launch();
  const { input } = aws.inputs.filter(({ operation }) => operation === "RunInstances")[1] ?? {};
  const { ClientToken, ...request } = input;
  expect(ClientToken).toMatch(/^[0-9a-f]{12}$/);
  const Tags = [
    { Key: "Name", Value: `golden-image-factory-prove-${ClientToken}` },
    { Key: "team", Value: "platform" },
    { Key: "golden-image:image", Value: "base" },
    { Key: PROVE_TAG, Value: "2026-11-28T12:30:00Z" },
  ];
  expect(request).toEqual({
    ImageId: AMI,
    InstanceType: "t3.medium",
    MinCount: 1,
    MaxCount: 1,
    InstanceInitiatedShutdownBehavior: "terminate",
    BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { DeleteOnTermination: true } }],
    MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled" },
    UserData: Buffer.from("#!/bin/sh\nshutdown -h +30\n").toString("base64"),
    TagSpecifications: ["instance", "volume", "network-interface"].map((ResourceType) => ({
      ResourceType,
      Tags,
    })),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: SUBNET,
        AssociatePublicIpAddress: false,
        DeleteOnTermination: true,
        Groups: [expect.stringMatching(/^sg-\d+$/)],
      },
    ],
  });
  const group = aws.inputs.find(({ operation }) => operation === "CreateSecurityGroup")?.input;
  expect(group).toEqual({
    GroupName: `golden-image-factory-prove-${ClientToken}`,
    Description: `factory prove ${ClientToken}`,
    VpcId: "vpc-1",
    TagSpecifications: [{ ResourceType: "security-group", Tags: Tags.slice(1) }],
  });
});

test("prove ends a Windows instance with a script for PowerShell, and doesn't know its price", async () => {
  aws.reset((file) => {
    file.images.base.platform = "Windows";
    file.images.base.parent = { awsManaged: "windows-server-2022-english-full-base-x86" };
    file.images.base.components = [{ awsManaged: "update-windows" }];
    file.images.web.platform = "Windows";
    file.images.web.components = [{ awsManaged: "update-windows" }];
    file.appAccounts.payments.images["payments-web"].platform = "Windows";
    file.appAccounts.payments.images["payments-web"].components = [
      { awsManaged: "update-windows" },
    ];
  });
  const { text } = await aws.launch({ recipe: true });
  expect(text?.split("\n").at(-1)).toBe(
    "t3.medium ran for 21 s; its price is on https://aws.amazon.com/ec2/pricing/on-demand/",
  );
  const scripts = aws.inputs.flatMap(({ input }) => input.UserData ?? []);
  expect(Buffer.from(scripts[0], "base64").toString()).toBe(
    "<powershell>shutdown /s /t 1800</powershell>\n",
  );
  const recipe = aws.inputs.find(({ operation }) => operation === "CreateImageRecipe")?.input;
  expect(recipe.components).toEqual([
    { componentArn: "arn:aws:imagebuilder:eu-west-1:aws:component/update-windows/x.x.x" },
  ]);
});

test("prove --channel looks at the newest build in the channel's share", async () => {
  const { text, data } = await aws.prove({ channel: "canary", recipe: true });
  expect(text?.split("\n").slice(0, 3)).toEqual([
    "base from canary in payments (222222222222) in eu-west-1, current credentials",
    "  ok: resolve",
    `    the newest build of canary is 1.0.3/2, with ${AMI}`,
  ]);
  expect(data).toMatchObject({ channel: "canary", build: BUILD, result: "ok" });
  const inputOf = (name: string) => aws.inputs.find(({ operation }) => operation === name)?.input;
  expect(inputOf("GetResourceShares")).toEqual({
    resourceOwner: "OTHER-ACCOUNTS",
    name: "golden-image-base--canary",
  });
  expect(inputOf("CreateImageRecipe").parentImage).toBe(BUILD);
});

test("prove --json prints the documented shape", async () => {
  const { data } = await aws.launch();
  expect(data).toEqual({
    image: "base",
    account: { name: "payments", id: "222222222222" },
    region: "eu-west-1",
    credentials: "current credentials",
    build: BUILD,
    result: "ok",
    steps: ["resolve", "launch-permission", "key", "dry-run", "launch", "cleanup"].map((id) => ({
      id,
      outcome: "ok",
      message: expect.any(String),
      seconds: expect.any(Number),
    })),
    seconds: expect.any(Number),
    launched: { instanceType: "t3.medium", seconds: 21, usd: 0.0007 },
  });
});

describe("prove reports why:", () => {
  const NOT_SHARED = {
    id: "resolve",
    outcome: "failed",
    reason: "not-shared",
    fix: "the command explains what the account gets. Run it with credentials of the shared account",
    commands: ["npx --no factory explain base --account 222222222222 --region eu-west-1"],
  };
  const SKIPPED = [
    { id: "launch-permission", outcome: "skipped", message: "the account gets no build" },
    { id: "dry-run", outcome: "skipped", message: "the account sees no AMI to launch" },
  ];
  const LAUNCH_PERMISSION = {
    outcome: "failed",
    reason: "launch-permission",
    fix: "run the updater with credentials of the shared account",
  };
  const KEY = {
    outcome: "failed",
    reason: "kms",
    fix: "check that the account is in the audience of a channel and that the stack of the shared account is applied: its key policy follows the channels. The launching role also needs the permissions for the key in examples/policies/prove.json",
  };
  const ROLE_FIX =
    "use a role that has examples/policies/prove.json, or allow this action. Other roles of the account may be allowed to";
  const CAPACITY = {
    id: "launch",
    outcome: "inconclusive",
    reason: "capacity",
    fix: "run the command again later, or with a subnet in another Availability Zone. This says nothing about the image",
  };
  const UNAVAILABLE = {
    outcome: "inconclusive",
    reason: "unavailable",
    fix: "run the command again; AWS or the network may be unavailable",
  };

  test("no build is shared", async () => {
    aws.fail("GetImage", "ResourceNotFoundException");
    const result = await aws.prove();
    expect(problems(result)).toEqual([
      { ...NOT_SHARED, message: "no build of base is shared with the account" },
      ...SKIPPED,
    ]);
    expect(result.exitCode).toBe(2);
  });

  test("the account doesn't see the share of the channel, or it is empty", async () => {
    aws.on("ListResources", () => ({}));
    const empty = await aws.prove({ channel: "canary" });
    expect(problems(empty)).toEqual([
      { ...NOT_SHARED, message: "the share golden-image-base--canary contains no build" },
      ...SKIPPED,
    ]);
    aws.on("GetResourceShares", () => ({
      resourceShares: [{ status: "ACTIVE", owningAccountId: "999999999999" }],
    }));
    const none = await aws.prove({ channel: "canary" });
    expect(problems(none)).toEqual([
      { ...NOT_SHARED, message: "the account doesn't see the share golden-image-base--canary" },
      ...SKIPPED,
    ]);
  });

  test("the build isn't available, or has no AMI in the Region", async () => {
    aws.on("GetImage", () => ({ image: { arn: BUILD, state: { status: "DISABLED" } } }));
    expect(problems(await aws.prove())[0]).toEqual({
      id: "resolve",
      outcome: "failed",
      reason: "image",
      message: "1.0.3/2 is DISABLED",
      fix: "wait for the updater, or run it with credentials of the shared account",
      commands: ["npx --no factory update base --region eu-west-1"],
    });
    aws.on("GetImage", () => ({ image: { arn: BUILD, state: { status: "AVAILABLE" } } }));
    expect(problems(await aws.prove())[0]).toEqual({
      id: "resolve",
      outcome: "failed",
      reason: "image",
      message: "1.0.3/2 has no AMI in eu-west-1",
      fix: "build the image again",
      commands: ["npx --no factory build base --region eu-west-1"],
    });
  });

  test.each([
    ["an error", () => aws.fail("DescribeImages", "InvalidAMIID.NotFound")],
    ["an empty list", () => aws.on("DescribeImages", () => ({ Images: [] }))],
  ])("the account has no launch permission, which EC2 answers with %s", async (_, fault) => {
    fault();
    const result = await aws.prove();
    expect(problems(result)).toEqual([
      {
        ...LAUNCH_PERMISSION,
        id: "launch-permission",
        message: `the account has no launch permission: EC2 doesn't show ${AMI} to it`,
        commands: ["npx --no factory update base --region eu-west-1"],
      },
      { id: "dry-run", outcome: "skipped", message: "the account sees no AMI to launch" },
    ]);
    expect(result.exitCode).toBe(2);
  });

  test("the launch permission is missing when EC2 launches the AMI", async () => {
    aws.fail("RunInstances", "AuthFailure", `Not authorized for images: [${AMI}]`);
    expect(problems(await aws.prove())).toEqual([
      {
        ...LAUNCH_PERMISSION,
        id: "dry-run",
        message: `the account has no launch permission: AuthFailure: Not authorized for images: [${AMI}]`,
      },
    ]);
  });

  test("the AMI isn't available", async () => {
    aws.on("DescribeImages", () => ({ Images: [{ ImageId: AMI, State: "disabled" }] }));
    expect(problems(await aws.prove())[0]).toEqual({
      id: "launch-permission",
      outcome: "failed",
      reason: "image",
      message: `${AMI} is disabled`,
      fix: "wait until the AMI is available, or build the image again",
    });
  });

  test.each([
    [
      "the key policy",
      () =>
        aws.fail(
          "DescribeKey",
          "AccessDeniedException",
          "User: arn:aws:sts::222222222222:assumed-role/a/b is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:eu-west-1:111111111111:key/1 because no resource-based policy allows the kms:DescribeKey action",
        ),
      "AccessDeniedException: User: arn:aws:sts::222222222222:assumed-role/a/b is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:eu-west-1:111111111111:key/1 because no resource-based policy allows the kms:DescribeKey action",
    ],
    [
      "a missing key",
      () => aws.fail("DescribeKey", "NotFoundException"),
      "the shared account has no arn:aws:kms:eu-west-1:111111111111:alias/golden-image-factory/images",
    ],
    [
      "a disabled key",
      () => aws.on("DescribeKey", () => ({ KeyMetadata: { KeyId: "1", KeyState: "Disabled" } })),
      "the key 1 is Disabled",
    ],
  ])("the account can't use the key, because of %s", async (_, fault, reason) => {
    fault();
    const result = await aws.launch();
    expect(problems(result)).toEqual([
      { ...KEY, id: "key", message: `the account can't use the image key: ${reason}` },
      { id: "launch", outcome: "skipped", message: "key failed" },
    ]);
    expect(result.exitCode).toBe(2);
    expect(aws.calls).not.toContain("CreateSecurityGroup");
  });

  test("EC2 ends the instance, because it can't decrypt the volumes", async () => {
    aws.on("DescribeInstanceStatus", ({ InstanceIds: [id] }) => {
      const instance = aws.instances.get(id);
      if (instance) {
        instance.state = "terminated";
        instance.reason = {
          Code: "Client.InternalError",
          Message: "Client.InternalError: Client error on launch",
        };
      }
      return {};
    });
    const result = await aws.launch();
    expect(problems(result)).toEqual([
      {
        ...KEY,
        id: "launch",
        message:
          "the account can't use the image key: Client.InternalError: Client error on launch",
      },
    ]);
    expect(result.exitCode).toBe(2);
    expect(aws.left).toEqual([]);
  });

  test("a policy of the organization denies the launch", async () => {
    const denial =
      "You are not authorized to perform this operation. User: arn:aws:sts::222222222222:assumed-role/a/b is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:222222222222:instance/* with an explicit deny in a service control policy";
    aws.fail(
      "RunInstances",
      "UnauthorizedOperation",
      `${denial}. Encoded authorization failure message: abcdef`,
      403,
    );
    const result = await aws.launch();
    expect(problems(result)).toEqual([
      {
        id: "dry-run",
        outcome: "failed",
        reason: "organization-policy",
        message: `a policy of the organization (SCP or RCP) denies ec2:RunInstances: UnauthorizedOperation: ${denial}`,
        fix: "ask the administrators of the organization to allow ec2:RunInstances for the account",
      },
      { id: "launch", outcome: "skipped", message: "dry-run failed" },
    ]);
    expect(result.exitCode).toBe(2);
  });

  test("a policy of the organization denies only what this command needs", async () => {
    aws.fail(
      "CreateSecurityGroup",
      "UnauthorizedOperation",
      "x is not authorized to perform: ec2:CreateSecurityGroup on y with an explicit deny in a service control policy",
      403,
    );
    const result = await aws.launch();
    expect(problems(result)).toMatchObject([
      { id: "launch", outcome: "inconclusive", reason: "organization-policy" },
    ]);
    expect(result.exitCode).toBe(0);
  });

  test.each([
    "because no identity-based policy allows the ec2:RunInstances action",
    "because no session policy allows the ec2:RunInstances action",
    "",
  ])("only this role lacks a permission %s", async (reason) => {
    const message = `User: x is not authorized to perform: ec2:RunInstances on resource: y ${reason}`;
    aws.fail("RunInstances", "UnauthorizedOperation", message, 403);
    const result = await aws.prove();
    expect(problems(result)).toEqual([
      {
        id: "dry-run",
        outcome: "inconclusive",
        reason: "iam",
        message: `the role or user of these credentials may not call ec2:RunInstances: UnauthorizedOperation: ${message}`,
        fix: ROLE_FIX,
      },
    ]);
    expect(result.exitCode).toBe(0);
  });

  test("only this role lacks a permission for the key", async () => {
    aws.fail(
      "DescribeKey",
      "AccessDeniedException",
      "x is not authorized to perform: kms:DescribeKey because no identity-based policy allows it",
    );
    expect(problems(await aws.prove())).toMatchObject([
      { id: "key", outcome: "inconclusive", reason: "kms", fix: ROLE_FIX },
    ]);
  });

  test("the policy of another resource denies a call", async () => {
    aws.fail(
      "GetImage",
      "AccessDeniedException",
      "x is not authorized to perform: imagebuilder:GetImage on y because no resource-based policy allows it",
    );
    expect(problems(await aws.prove())[0]).toEqual({
      id: "resolve",
      outcome: "failed",
      reason: "iam",
      message:
        "the policy of the resource denies imagebuilder:GetImage: AccessDeniedException: x is not authorized to perform: imagebuilder:GetImage on y because no resource-based policy allows it",
      fix: "correct the policy of the resource that the message names",
    });
  });

  /** Makes only the real launch fail. */
  const failLaunch = (name: string, message: string, status = 400): void => {
    aws.on("RunInstances", (input) => {
      if (input.DryRun) return aws.healthy.RunInstances(input);
      throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
    });
  };

  test.each([
    [
      "InsufficientInstanceCapacity",
      "We currently do not have sufficient t3.medium capacity.",
      500,
    ],
    [
      "Unsupported",
      "Your requested instance type is not supported in this Availability Zone.",
      400,
    ],
    ["InsufficientFreeAddressesInSubnet", "Not enough free addresses.", 400],
  ])("EC2 has no capacity: %s", async (name, message, status) => {
    failLaunch(name, message, status);
    const result = await aws.launch();
    expect(problems(result)).toEqual([
      { ...CAPACITY, message: `EC2 has no capacity: ${name}: ${message.replace(/\.$/, "")}` },
    ]);
    expect(result.exitCode).toBe(0);
    expect(aws.left).toEqual([]);
    expect((result.data as ProveReport).launched).toBeUndefined();
  });

  test.each(["Server.InsufficientInstanceCapacity", "Server.InternalError"])(
    "EC2 ends the instance itself: %s",
    async (Code) => {
      aws.on("DescribeInstanceStatus", ({ InstanceIds: [id] }) => {
        const instance = aws.instances.get(id);
        if (instance)
          Object.assign(instance, { state: "terminated", reason: { Code, Message: "." } });
        return {};
      });
      const result = await aws.launch();
      expect(problems(result)).toMatchObject([
        {
          outcome: "inconclusive",
          reason: Code === "Server.InternalError" ? "unavailable" : "capacity",
        },
      ]);
      expect(result.exitCode).toBe(0);
    },
  );

  test("someone ends the instance", async () => {
    aws.on("DescribeInstanceStatus", ({ InstanceIds: [id] }) => {
      const instance = aws.instances.get(id);
      const Code = "Client.UserInitiatedShutdown";
      if (instance)
        Object.assign(instance, {
          state: "shutting-down",
          reason: { Code, Message: `${Code}: User initiated shutdown` },
        });
      return {};
    });
    aws.on("DescribeInstances", (input) => {
      const [instance] = aws.instances.values();
      if (instance?.state !== "shutting-down" || aws.calls.includes("TerminateInstances"))
        return aws.healthy.DescribeInstances(input);
      const { id, reason } = instance;
      return {
        Reservations: [
          {
            Instances: [{ InstanceId: id, State: { Name: "shutting-down" }, StateReason: reason }],
          },
        ],
      };
    });
    expect(problems(await aws.launch())).toEqual([
      {
        id: "launch",
        outcome: "inconclusive",
        reason: "other",
        message:
          "someone or something else ended the instance: Client.UserInitiatedShutdown: User initiated shutdown",
        fix: "run the command again",
      },
    ]);
  });

  test("a quota of the account is reached", async () => {
    failLaunch("VcpuLimitExceeded", "You have requested more vCPU capacity than your limit.");
    expect(problems(await aws.launch())).toEqual([
      {
        id: "launch",
        outcome: "inconclusive",
        reason: "quota",
        message:
          "a quota of the account is reached: VcpuLimitExceeded: You have requested more vCPU capacity than your limit",
        fix: "raise the quota, or remove what uses it. This says nothing about the image",
      },
    ]);
    expect(aws.left).toEqual([]);
  });

  test("the account isn't subscribed to a product", async () => {
    aws.fail("RunInstances", "OptInRequired", "Accept the terms.");
    expect(problems(await aws.prove())).toEqual([
      {
        id: "dry-run",
        outcome: "failed",
        reason: "subscription",
        message:
          "the account isn't subscribed to the product of AWS Marketplace: OptInRequired: Accept the terms",
        fix: "subscribe to the product in AWS Marketplace with this account",
      },
    ]);
  });

  test("Image Builder rejects the recipe", async () => {
    aws.fail("CreateImageRecipe", "InvalidParameterValueException", "The parent doesn't exist.");
    const result = await aws.prove({ recipe: true });
    expect(problems(result)).toEqual([
      {
        id: "recipe",
        outcome: "failed",
        reason: "other",
        message:
          "Image Builder rejects a recipe that is based on it: InvalidParameterValueException: The parent doesn't exist",
      },
    ]);
    expect(result.exitCode).toBe(2);
  });

  test("the account has no default VPC", async () => {
    aws.fail("RunInstances", "VPCIdNotSpecified");
    const result = await aws.prove();
    expect(problems(result)).toEqual([
      {
        id: "dry-run",
        outcome: "inconclusive",
        reason: "other",
        message: "the account has no default VPC",
        fix: "name a subnet with --subnet",
      },
    ]);
    expect(result.exitCode).toBe(0);
  });

  test.each([
    ["InternalFailure", 500],
    ["RequestLimitExceeded", 400],
  ])("AWS is unavailable: %s", async (name, status) => {
    aws.fail("GetImage", name, "Try again.", status);
    expect(problems(await aws.prove())).toEqual([
      { ...UNAVAILABLE, id: "resolve", message: `${name}: Try again` },
      ...SKIPPED,
    ]);
  });

  test("the Region isn't enabled", async () => {
    aws.fail("GetImage", "UnrecognizedClientException", "The security token is invalid.");
    expect(problems(await aws.prove())[0]).toEqual({
      ...UNAVAILABLE,
      id: "resolve",
      message:
        "the Region doesn't accept the credentials: UnrecognizedClientException: The security token is invalid",
    });
  });

  test("the operating system doesn't start", async () => {
    aws.on("DescribeInstanceStatus", () => ({
      InstanceStatuses: [
        { SystemStatus: { Status: "ok" }, InstanceStatus: { Status: "impaired" } },
      ],
    }));
    const result = await aws.launch();
    const [{ message, ...launch } = { message: "" }] = problems(result) as { message: string }[];
    expect(launch).toEqual({
      id: "launch",
      outcome: "failed",
      reason: "image",
      fix: "launch the AMI yourself and look at the instance's system log: the operating system doesn't start, or has no network",
    });
    expect(withoutId(message)).toBe("i-N started, but doesn't pass the instance status check");
    expect(aws.left).toEqual([]);
  });

  test("the status checks take too long", async () => {
    aws.on("DescribeInstanceStatus", () => ({}));
    const result = await aws.launch();
    const [{ message, ...launch } = { message: "" }] = problems(result) as { message: string }[];
    expect(launch).toEqual({
      id: "launch",
      outcome: "inconclusive",
      reason: "other",
      fix: "launch the AMI yourself and look at the instance's system log",
    });
    expect(withoutId(message)).toBe("the status checks of i-N didn't pass within 15 minutes");
    expect(result.exitCode).toBe(0);
    expect(aws.left).toEqual([]);
  });

  test("the AMI is a product of AWS Marketplace", async () => {
    aws.on("DescribeImages", () => ({
      Images: [{ ImageId: AMI, ProductCodes: [{ ProductCodeType: "marketplace" }] }],
    }));
    expect(problems(await aws.launch())).toEqual([
      {
        id: "launch",
        outcome: "skipped",
        message: "the AMI is a product of AWS Marketplace, which is billed separately",
      },
    ]);
  });
});

describe("prove removes", () => {
  test("an instance and a security group whose creation got no answer", async () => {
    aws.on("CreateSecurityGroup", (input) => {
      aws.healthy.CreateSecurityGroup(input);
      throw noAnswer();
    });
    const group = await aws.launch();
    expect(problems(group)).toMatchObject([{ id: "launch", reason: "unavailable" }]);
    expect(aws.left).toEqual([]);
    aws.on("CreateSecurityGroup", aws.healthy.CreateSecurityGroup);
    aws.on("RunInstances", (input) => {
      aws.healthy.RunInstances(input);
      throw noAnswer();
    });
    const instance = await aws.launch();
    expect(problems(instance)).toMatchObject([{ id: "launch", reason: "unavailable" }]);
    expect(aws.left).toEqual([]);
    expect((instance.data as ProveReport).launched).toMatchObject({ instanceType: "t3.medium" });
  });

  test("a recipe whose creation got no answer", async () => {
    aws.on("CreateImageRecipe", (input) => {
      aws.healthy.CreateImageRecipe(input);
      throw noAnswer();
    });
    expect(problems(await aws.prove({ recipe: true }))).toMatchObject([
      { id: "recipe", outcome: "inconclusive", reason: "unavailable" },
    ]);
    expect(aws.left).toEqual([]);
  });

  test("a security group as soon as EC2 has released it", async () => {
    let attempts = 0;
    aws.on("DeleteSecurityGroup", (input) => {
      attempts += 1;
      if (attempts < 3)
        throw Object.assign(new Error("used"), {
          name: "DependencyViolation",
          $metadata: { httpStatusCode: 400 },
        });
      return aws.healthy.DeleteSecurityGroup(input);
    });
    expect(problems(await aws.launch())).toEqual([]);
    expect([attempts, aws.left]).toEqual([3, []]);
  });

  test("what it can, and prints commands for the rest", async () => {
    aws.fail("TerminateInstances", "InternalError", "Try again.", 500);
    const result = await aws.launch();
    expect(problems(result)).toEqual([
      {
        id: "cleanup",
        outcome: "failed",
        reason: "cleanup",
        message: "couldn't remove what was created: InternalError: Try again",
        fix: "remove it. The instance ends 30 minutes after its start in any case, if its operating system runs",
        commands: [
          expect.stringMatching(
            /^aws ec2 terminate-instances --instance-ids i-\d+ --region eu-west-1$/,
          ),
          expect.stringMatching(
            /^aws ec2 delete-security-group --group-id sg-\d+ --region eu-west-1$/,
          ),
        ],
      },
    ]);
    expect(result.exitCode).toBe(2);
    aws.reset();
    aws.fail("DeleteImageRecipe", "InternalError", "Try again.", 500);
    expect(problems(await aws.prove({ recipe: true }))).toEqual([
      {
        id: "recipe",
        outcome: "failed",
        reason: "cleanup",
        message: "couldn't delete the recipe: InternalError: Try again",
        fix: "delete it",
        commands: [
          expect.stringMatching(
            /^aws imagebuilder delete-image-recipe --image-recipe-arn arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe\/golden-image-factory-prove-[0-9a-f]{12}\/1.0.0 --region eu-west-1$/,
          ),
        ],
      },
    ]);
  });

  test("what a killed run left behind and whose time is over, and nothing else", async () => {
    const tags = (Value: string) => [{ Key: PROVE_TAG, Value }];
    const instance = { token: "", groups: [], state: "running", reads: 0 } as const;
    aws.instances.set("i-old", { ...instance, id: "i-old", tags: tags("2026-11-28T11:59:00Z") });
    aws.instances.set("i-new", { ...instance, id: "i-new", tags: tags("2026-11-28T12:20:00Z") });
    aws.groups.set("sg-old", { name: "old", tags: tags("broken") });
    const prefix = "arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe";
    const old = `${prefix}/golden-image-factory-prove-0/1.0.0`;
    aws.recipes.set(old, {});
    aws.recipes.set(`${prefix}/web/1.0.0`, {});
    const { text } = await aws.prove({ recipe: true });
    expect(text?.split("\n").slice(1, 3)).toEqual([
      "  ok: leftovers",
      `    removed what earlier runs left: i-old, sg-old, ${old}`,
    ]);
    aws.instances.delete("i-old");
    expect(aws.left).toEqual(["i-new", `${prefix}/web/1.0.0`]);
  });

  test("nothing if it may not look for leftovers, which is inconclusive", async () => {
    aws.fail(
      "DescribeInstances",
      "UnauthorizedOperation",
      "x is not authorized to perform: ec2:DescribeInstances because no identity-based policy allows it",
      403,
    );
    expect(problems(await aws.prove({ recipe: true }))).toMatchObject([
      { id: "leftovers", outcome: "inconclusive", reason: "iam" },
    ]);
  });

  test("everything, whenever a signal interrupts it", async () => {
    // Before and after each call, and at each pause.
    let moments = 0;
    aws.at = () => {
      moments += 1;
    };
    await aws.launch({ recipe: true });
    expect(moments).toBeGreaterThan(40);
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (let run = 0; run < 200; run += 1) {
      aws.clear();
      // The first call finds the subnet, before the question.
      const first = 2 + (run % (moments - 2));
      const second = first + Math.floor(Math.random() * 10);
      const signal = signals[run % 3] ?? "SIGINT";
      let moment = 0;
      aws.at = () => {
        if (moment === first || moment === second) process.emit(signal);
        moment += 1;
      };
      const { exitCode, data } = await aws.launch({ recipe: true });
      const at = `run ${run}, ${signal} at ${first} and ${second}`;
      expect([at, aws.left]).toEqual([at, []]);
      const { steps } = data as ProveReport;
      const isInterrupted = steps.some(({ reason }) => reason === "interrupted");
      expect([at, exitCode]).toEqual([at, isInterrupted ? 1 : 0]);
    }
    expect(process.listenerCount("SIGINT")).toBe(0);
  });
});

describe("prove rejects", () => {
  test.each([
    [{ image: "bse" }, "IMAGE: must be a golden image, did you mean 'base'?, got: bse"],
    [
      { image: "runtime" },
      "IMAGE: must be a golden image, got: runtime, a golden container, which isn't launched from an AMI",
    ],
    [{ image: "web" }, "IMAGE: must be an image with channels, got: web, which isn't shared"],
    [{ account: "shared" }, "--account: must be an app account: payments, got: shared"],
    [{ channel: "beta" }, "--channel: must be a channel of base: canary, stable, got: beta"],
    [
      { region: "us-east-1" },
      "--region: must be a Region of payments that has base: eu-west-1, got: us-east-1",
    ],
    [{ launch: true }, "--subnet: required with --launch: name a subnet of the app account"],
    [
      { subnet: "subnet" },
      "--subnet: must be the ID of a subnet such as subnet-0123456789abcdef0, got: subnet",
    ],
    [
      { profiles: "other=x" },
      "--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (shared, payments), got: other=x",
    ],
  ])("%j", async (options, message) => {
    await expect(aws.prove(options)).rejects.toThrow(new Error(message));
    expect(aws.calls).toEqual([]);
  });

  test("several Regions without --region, and a Region that the image isn't built in", async () => {
    aws.reset((file) => {
      file.sharedAccount.regions["us-east-1"] = {};
      file.appAccounts.payments.regions["us-east-1"] = {};
    });
    await expect(aws.prove()).rejects.toThrow(
      new Error("--region: required, because there are several: eu-west-1, us-east-1"),
    );
    expect((await aws.report({ region: "us-east-1" })).region).toBe("us-east-1");
  });

  test("an account without a Region of the image", async () => {
    aws.reset((file) => {
      file.sharedAccount.regions["us-east-1"] = {};
      file.images.base.regions = ["us-east-1"];
      delete file.images.web;
      const { images } = file.appAccounts.payments;
      images["payments-web"].parent = { awsManaged: "amazon-linux-2023-x86" };
    });
    await expect(aws.prove()).rejects.toThrow(
      new Error("no Region of payments has base, which is built in us-east-1"),
    );
  });

  test("a launch of macOS and of AWS Marketplace", async () => {
    aws.reset((file) => {
      file.images.base = {
        ...file.images.base,
        platform: "macOS",
        parent: { awsManaged: "macos-sequoia-arm64" },
        components: [{ awsManaged: "xcode" }],
        dedicatedHosts: { "eu-west-1": "h-0123456789abcdef0" },
      };
      delete file.images.web;
      file.appAccounts.payments.images = {};
      file.appAccounts.payments.autoScaling = true;
    });
    await expect(aws.launch()).rejects.toThrow(
      new Error(
        "--launch: isn't possible with base: macOS needs a Dedicated Host, which AWS bills for at least 24 hours",
      ),
    );
    expect(problems(await aws.prove({ recipe: true }))).toEqual([
      { id: "dry-run", outcome: "skipped", message: "macOS needs a Dedicated Host" },
      { id: "recipe", outcome: "skipped", message: "no component of AWS fits every macOS image" },
    ]);
    aws.reset((file) => {
      file.images.base.parent = { marketplace: "prod-abcdefghijklm" };
      file.images.base.rootVolume = { device: "/dev/xvda" };
      file.images.web.share = file.images.base.share;
    });
    for (const image of ["base", "web"])
      await expect(aws.launch({ image })).rejects.toThrow(
        new Error(
          `--launch: isn't possible with ${image}: AWS Marketplace bills its product separately`,
        ),
      );
  });

  test.each([
    ["an error", () => aws.fail("DescribeSubnets", "InvalidSubnetID.NotFound")],
    ["an empty list", () => aws.on("DescribeSubnets", () => ({}))],
  ])("a subnet that EC2 answers with %s for", async (_, fault) => {
    fault();
    await expect(aws.launch()).rejects.toThrow(
      new Error(
        `--subnet: must be a subnet of payments (222222222222) in eu-west-1, got: ${SUBNET}`,
      ),
    );
  });

  test("credentials of another account", async () => {
    process.env["AWS_ACCESS_KEY_ID"] = "111111111111";
    await expect(aws.prove()).rejects.toThrow(
      new Error(
        "the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE",
      ),
    );
  });
});

describe("prove uses", () => {
  test("the profile of the account", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) delete process.env[name];
    const { credentials } = await aws.report({ profiles: "payments=payments-admin" });
    expect(credentials).toBe("profile payments-admin");
  });

  test.each([
    [{}, 900],
    [{ launch: true, subnet: SUBNET }, 3_600],
  ])(
    "the account's deployRole with a session that is limited to its calls: %j",
    async (options, seconds) => {
      aws.reset((file) => {
        file.appAccounts.payments.deployRole = "admin/terraform";
      });
      process.env["AWS_ACCESS_KEY_ID"] = "111111111111";
      const { credentials, result } = await aws.report(options);
      expect([credentials, result]).toEqual(["role admin/terraform", "ok"]);
      const { input } = aws.tokens.commandCalls(AssumeRoleCommand)[0]?.args[0] ?? {};
      const { launch = false } = options as { launch?: boolean };
      expect(input).toEqual({
        RoleArn: "arn:aws:iam::222222222222:role/admin/terraform",
        RoleSessionName: "golden-image-factory-prove",
        DurationSeconds: seconds,
        Policy: sessionFor({ recipe: false, launch }, "aws").policy,
      });
    },
  );
});

describe("prove --launch asks", () => {
  test("before it creates anything, and names what it costs", async () => {
    const questions: string[] = [];
    const { text, data, exitCode } = await aws.prove(
      { launch: true, subnet: SUBNET, recipe: true },
      async (question) => {
        questions.push(question);
        return false;
      },
    );
    expect(questions).toEqual([
      `Launch a t3.medium in ${SUBNET} of payments (222222222222) in eu-west-1? On-demand, it costs USD 0.0416 an hour in us-east-1 as of 2026-07-20, and its volumes. It is terminated after a few minutes, at most 30.`,
    ]);
    expect({ text, data, exitCode }).toEqual({
      text: "Nothing was launched.",
      data: { confirmed: false },
      exitCode: 1,
    });
    expect(aws.calls).toEqual(["DescribeSubnets"]);
  });

  test("with the page of prices if it doesn't know the price", async () => {
    aws.reset((file) => {
      file.images.base.instanceTypes = ["r5.24xlarge"];
    });
    const questions: string[] = [];
    await aws.prove({ launch: true, subnet: SUBNET }, async (question) => {
      questions.push(question);
      return false;
    });
    expect(questions).toEqual([
      `Launch a r5.24xlarge in ${SUBNET} of payments (222222222222) in eu-west-1? Its price is on https://aws.amazon.com/ec2/pricing/on-demand/. It is terminated after a few minutes, at most 30.`,
    ]);
  });
});
