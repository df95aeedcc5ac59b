import type { DescribeInstancesResult } from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import { sessionFor } from "../../../../cli/proof/prove/policy";
import { type ProveReport, renderProof } from "../../../../cli/proof/prove/render";
import { awsError } from "../../aws-error";
import { AMI, BUILD, problems, SUBNET, useFakeAccount, withoutId } from "./fake-account";

const aws = useFakeAccount();

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
  ok: launch, 16 s
    i-N (t3.medium) started, and passed both status checks
  ok: cleanup
    terminated i-N, deleted sg-N

ok, after 17 s
t3.medium ran for 16 s, for about USD 0.0007 with the price of us-east-1 as of 2026-07-20, and its volumes`);
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

describe("prove launches an instance without a public address", () => {
  test("in a subnet that assigns IPv6 addresses", async () => {
    aws.on("DescribeSubnets", () => ({
      Subnets: [{ SubnetId: SUBNET, VpcId: "vpc-1", AssignIpv6AddressOnCreation: true }],
    }));
    await aws.launch();
    const launches = aws.inputs.filter(({ operation }) => operation === "RunInstances");
    expect(launches.map(({ input }) => input.NetworkInterfaces[0].Ipv6AddressCount)).toEqual([
      0, 0,
    ]);
  });

  test("or terminates it at once", async () => {
    aws.on("DescribeInstances", (input) => {
      const { Reservations } = aws.healthy.DescribeInstances(input) as DescribeInstancesResult;
      const NetworkInterfaces = [{ Ipv6Addresses: [{ Ipv6Address: "2001:db8::1" }] }];
      return {
        Reservations: Reservations?.map(({ Instances = [] }) => ({
          Instances: Instances.map((one) => ({ ...one, NetworkInterfaces })),
        })),
      };
    });
    const result = await aws.launch();
    expect(problems(result).map((one) => JSON.parse(withoutId(JSON.stringify(one)) ?? ""))).toEqual(
      [
        {
          id: "launch",
          outcome: "inconclusive",
          reason: "other",
          message: "i-N has the IPv6 address 2001:db8::1, although the launch asked for none",
          fix: "name a subnet that assigns no IPv6 addresses with --subnet",
        },
      ],
    );
    expect(aws.calls).not.toContain("DescribeInstanceStatus");
    expect(aws.left).toEqual([]);
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
    "t3.medium ran for 16 s; its price is on https://aws.amazon.com/ec2/pricing/on-demand/",
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
  // The SDK changes the input to get the next page.
  expect(inputOf("GetResourceShares")).toEqual({
    resourceOwner: "OTHER-ACCOUNTS",
    name: "golden-image-base--canary",
    nextToken: "2",
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
    launched: { instanceType: "t3.medium", seconds: 16, usd: 0.0007 },
  });
});

describe("prove rejects", () => {
  test.each([
    [{ image: "bse" }, "IMAGE: must be a golden image, did you mean 'base'?, got: bse"],
    [
      { image: "runtime" },
      "IMAGE: must be a golden image, got: runtime, a golden container. The command launches AMIs, and a container has none: see docs/guides/prove.md#containers",
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

  test("a launch in a subnet whose instances always have an IPv6 address", async () => {
    aws.on("DescribeSubnets", () => ({
      Subnets: [{ SubnetId: SUBNET, VpcId: "vpc-1", Ipv6Native: true }],
    }));
    await expect(aws.launch()).rejects.toThrow(
      new Error(
        `--subnet: must have IPv4 addresses, because instances in an IPv6-only subnet always have a public address, got: ${SUBNET}`,
      ),
    );
  });

  test("a Region that isn't enabled in the account", async () => {
    aws.tokens.on(GetCallerIdentityCommand).callsFake(async (_, getClient) => {
      if ((await getClient().config.region()) !== "eu-west-1") return { Account: "222222222222" };
      throw awsError("InvalidClientTokenId", "The security token is invalid.", 403);
    });
    await expect(aws.prove()).rejects.toThrow(
      new Error(
        "--region: must be a Region that is enabled in payments (222222222222), got: eu-west-1",
      ),
    );
  });

  test("a Region that is enabled in the caller's account only", async () => {
    aws.reset((file) => {
      file.appAccounts.payments.deployRole = "admin/terraform";
    });
    process.env["AWS_ACCESS_KEY_ID"] = "111111111111";
    aws.tokens
      .on(AssumeRoleCommand)
      .rejects(awsError("RegionDisabledException", "STS is not activated in this region", 403));
    await expect(aws.prove()).rejects.toThrow(
      new Error(
        "--region: must be a Region that is enabled in payments (222222222222), got: eu-west-1",
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
