/** Why an account can't use an image, as `factory prove` explains it. */
import { suggestWithConfig } from "../../../../cli/factory-command";
import type { ProveReport } from "../../../../cli/proof/prove/render";
import { AMI, BUILD, problems, useFakeAccount, withoutId } from "./fake-account";

const aws = useFakeAccount();

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

  test("no build is shared, with the factory file that the command line names", async () => {
    aws.fail("GetImage", "ResourceNotFoundException");
    suggestWithConfig("teams/web.yaml");
    const result = await aws.prove().finally(() => suggestWithConfig(undefined));
    const commands = NOT_SHARED.commands.map((command) => `${command} --config teams/web.yaml`);
    const message = "no build of base is shared with the account";
    expect(problems(result)).toEqual([{ ...NOT_SHARED, commands, message }, ...SKIPPED]);
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

  test.each([
    ["CreateSecurityGroup", "launch", "InvalidGroup.Duplicate"],
    ["CreateImageRecipe", "recipe", "ResourceAlreadyExistsException"],
  ] as const)(
    "the answer of %s got lost, and AWS rejects it when it is repeated",
    async (operation, id, name) => {
      aws.on(operation, (input) => {
        aws.healthy[operation](input);
        throw Object.assign(new Error("It exists."), {
          name,
          $metadata: { httpStatusCode: 400, attempts: 2 },
        });
      });
      const result = await aws.launch({ recipe: true });
      expect(problems(result)).toEqual([
        {
          ...UNAVAILABLE,
          id,
          message: `a call got no answer, but had an effect: ${name}: It exists`,
        },
      ]);
      expect(result.exitCode).toBe(0);
      expect(aws.left).toEqual([]);
    },
  );

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
