import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Raw } from "../../../tools/fixtures/factory-file";
import { awsError } from "../aws-error";
import { everything, FakeAws, PAYMENTS, REGION, SHARED } from "./fake-aws";

const aws = new FakeAws();
const environment = { ...process.env };

beforeEach(() => aws.reset());
afterAll(() => {
  process.env = environment;
  aws.remove();
});

/** Removes the caller's own credentials. */
function useProfilesOnly(): void {
  delete process.env["AWS_ACCESS_KEY_ID"];
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error) => error.message,
  );
}

describe("factory doctor", () => {
  test("lists an account without deployRole and profile as not looked at", async () => {
    const file = everything();
    delete file.appAccounts.payments.deployRole;
    aws.reset(file);
    const { text, data, exitCode } = await aws.doctor();
    expect(exitCode).toBe(0);
    expect(text?.split("\n\n").slice(-2)).toEqual([
      "payments (222222222222)\n  not looked at: the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE",
      "22 ok, 3 not applicable",
    ]);
    expect(data).toMatchObject({
      accounts: [
        { name: "shared", id: SHARED, credentials: "current credentials" },
        {
          name: "payments",
          id: PAYMENTS,
          notLookedAt:
            "the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE",
        },
      ],
    });
  });

  test("lists an account whose role can't be assumed as not looked at", async () => {
    aws.tokens
      .on(AssumeRoleCommand)
      .rejects(awsError("AccessDenied", "not authorized to perform: sts:AssumeRole"));
    const { text } = await aws.doctor();
    expect(text).toContain(
      "payments (222222222222)\n  not looked at: AccessDenied: not authorized to perform: sts:AssumeRole\n",
    );
  });

  test("rejects a session of an assumed role without credentials", async () => {
    aws.tokens.on(AssumeRoleCommand).resolves({});
    await expect(aws.doctor()).rejects.toThrow(
      `the access key ID of a session of arn:aws:iam::${PAYMENTS}:role/admin/terraform is missing`,
    );
  });

  test("limits the session of an assumed role to the actions of the checks", async () => {
    await aws.doctor();
    const [call] = aws.tokens.commandCalls(AssumeRoleCommand);
    const { Policy = "", ...input } = call?.args[0].input ?? {};
    expect(input).toEqual({
      RoleArn: `arn:aws:iam::${PAYMENTS}:role/admin/terraform`,
      RoleSessionName: "golden-image-factory-doctor",
      DurationSeconds: 900,
    });
    expect(JSON.parse(Policy).Statement[0].Action).toContain("ec2:DescribeSubnets");
  });

  test("uses the profiles of accounts", async () => {
    useProfilesOnly();
    const { accounts } = await aws.report({ profiles: "payments=payments-admin,shared=golden" });
    expect(accounts.map(({ credentials }) => credentials)).toEqual([
      "profile golden",
      "profile payments-admin",
    ]);
    expect(aws.tokens.commandCalls(AssumeRoleCommand)).toEqual([]);
  });

  test("looks at an app account only, with --profile and --account", async () => {
    const { accounts, checks } = await aws.report({
      profile: "payments-admin",
      account: ["payments"],
    });
    expect(accounts).toEqual([
      { name: "payments", id: PAYMENTS, credentials: "current credentials" },
    ]);
    expect(checks.every(({ account }) => account === "payments")).toBe(true);
  });

  test("fails if there are credentials for no account", async () => {
    aws.tokens
      .on(GetCallerIdentityCommand)
      .rejects(awsError("CredentialsProviderError", "Could not load credentials"));
    expect(await messageOf(aws.doctor())).toBe(
      `no account can be looked at. Pass --profile, or --profiles with a profile for each account:
  shared (111111111111): CredentialsProviderError: Could not load credentials
  payments (222222222222): CredentialsProviderError: Could not load credentials`,
    );
  });

  test("lists the organization as not looked at if there are only profiles", async () => {
    useProfilesOnly();
    const { text } = await aws.doctor({ profiles: "shared=golden,payments=payments-admin" });
    expect(text?.split("\n\n")[0]).toBe(
      "organization\n  not looked at: CredentialsProviderError: Could not load credentials from any providers. These checks use your own credentials: set --profile or AWS_PROFILE to a profile of the management account or of a delegated administrator",
    );
  });

  test.each([
    [
      { account: ["paymens"] },
      "--account: must be an account of the factory, did you mean 'payments'?, got: paymens",
    ],
    [
      { profiles: "payment=x" },
      "--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (shared, payments), got: payment=x",
    ],
  ])("rejects %j", async (options, message) => {
    expect(await messageOf(aws.doctor(options))).toBe(message);
  });

  const DISABLED = "eu-south-2";

  /** An account in which a Region isn't enabled. Each service has another error for this. */
  function disableRegion(): void {
    const reject = (region: string, error: string): void => {
      if (region === DISABLED) throw awsError(error, "invalid token");
    };
    aws.on({
      "ec2:DescribeRegions": ({ RegionNames: [name] = [] }, { region }) => {
        reject(region, "AuthFailure");
        const OptInStatus = name === DISABLED ? "not-opted-in" : "opt-in-not-required";
        return { Regions: [{ OptInStatus }] };
      },
      "kms:DescribeKey": (_, { region }) => {
        reject(region, "UnrecognizedClientException");
        return { KeyMetadata: { KeyState: "Enabled" } };
      },
    });
  }

  const NOT_ENABLED = [
    DISABLED,
    [
      {
        result: "failed",
        message: "eu-south-2 isn't enabled in the account",
        command: "aws account enable-region --region-name eu-south-2",
      },
    ],
  ];

  test.each([
    ["first", [DISABLED, REGION]],
    ["last", [REGION, DISABLED]],
  ])(
    "reports a Region that isn't enabled and is listed %s, and not the others",
    async (_, regions) => {
      const file = everything();
      const { sharedAccount, images, containers } = file;
      sharedAccount.regions = Object.fromEntries(
        regions.map((region) => [region, sharedAccount.regions[region] ?? {}]),
      );
      for (const image of Object.values<Raw>({ ...images, ...containers }))
        image.regions = [REGION];
      aws.reset(file);
      aws.tokens.on(GetCallerIdentityCommand).callsFake(async (_, getClient) => {
        if ((await getClient().config.region()) === DISABLED)
          throw awsError("UnrecognizedClientException", "invalid token");
        return { Account: SHARED };
      });
      disableRegion();
      const { checks } = await aws.report({ account: ["shared"] });
      expect(
        checks
          .filter(({ result }) => result === "failed")
          .map(({ region, observations }) => [region, observations]),
      ).toEqual([NOT_ENABLED]);
      const there = checks.filter(({ region }) => region === DISABLED);
      expect(there.find(({ id }) => id === "image-key")?.observations).toEqual([
        {
          result: "not-applicable",
          message:
            "the Region doesn't accept the credentials: UnrecognizedClientException: invalid token",
        },
      ]);
    },
  );

  test("looks at an account whose first Region isn't enabled with its role of another Region", async () => {
    const file = everything();
    file.appAccounts.payments.regions = { [DISABLED]: {}, [REGION]: {} };
    delete file.appAccounts.payments.autoScaling;
    file.appAccounts.payments.images["payments-web"].regions = [REGION];
    aws.reset(file);
    aws.tokens.on(AssumeRoleCommand).callsFake(async (_, getClient) => {
      if ((await getClient().config.region()) === DISABLED)
        throw awsError("RegionDisabledException", "STS is not activated in this region");
      return { Credentials: { AccessKeyId: PAYMENTS, SecretAccessKey: "x", SessionToken: "x" } };
    });
    disableRegion();
    const { accounts, checks } = await aws.report({ account: ["payments"] });
    expect(accounts).toEqual([
      { name: "payments", id: PAYMENTS, credentials: "role admin/terraform" },
    ]);
    expect(
      checks
        .filter(({ result }) => result === "failed")
        .map(({ region, observations }) => [region, observations]),
    ).toEqual([NOT_ENABLED]);
  });

  test("reports an error of a service as a failure of the check", async () => {
    aws.on({
      "kms:DescribeKey": () => {
        throw awsError("ServiceUnavailableException", "try again", 503);
      },
    });
    const { checks } = await aws.report({ account: ["payments"] });
    expect(checks.find(({ id }) => id === "image-key")?.observations).toEqual([
      {
        result: "failed",
        message: "ServiceUnavailableException: try again",
        fix: "run the command again; AWS may be unavailable",
      },
    ]);
  });

  test("doesn't hide a defect", async () => {
    aws.on({
      "kms:DescribeKey": () => {
        throw new TypeError("a defect");
      },
    });
    await expect(aws.doctor()).rejects.toThrow("a defect");
  });
});
