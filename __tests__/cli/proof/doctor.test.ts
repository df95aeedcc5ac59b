import { type Action, OPERATIONS } from "../../../cli/aws-operations";
import { CHECKS } from "../../../cli/proof/checks";
import { type Report, renderReport } from "../../../cli/proof/report";
import type { Raw } from "../../../tools/fixtures/factory-file";
import { awsError } from "../aws-error";
import { everything, FakeAws, NOTHING_DEPLOYED, PAYMENTS, REGION, SHARED } from "./fake-aws";

const aws = new FakeAws();
const environment = { ...process.env };

beforeEach(() => aws.reset());
afterAll(() => {
  process.env = environment;
  aws.remove();
});

/** A factory file that uses the default VPC. */
function withoutSubnet(): Raw {
  const file = everything();
  file.sharedAccount.regions[REGION] = {};
  return file;
}

describe("factory doctor", () => {
  test("prints the checks that are ok by account and Region, and exits with 0", async () => {
    const { text, exitCode } = await aws.doctor();
    expect(exitCode).toBe(0);
    expect(text).toBe(`organization
  ok: ram-trusted-access, audiences

shared (111111111111), current credentials
  ok: organization, service-linked-roles, state-bucket
  not applicable: deploy-role

shared (111111111111) in eu-west-1
  ok: region, network, instance-types, ec2-resources, managed-names, arns, amis, quotas, lambda-concurrency, inspector, image-key, pipelines, subscriptions, shares, alarms, dead-letter-queue, leftovers
  not applicable: ami-scans, evidence-key

payments (222222222222), role admin/terraform
  ok: organization, service-linked-roles, deploy-role, state-bucket, fleet-role

payments (222222222222) in eu-west-1
  ok: region, network, instance-types, managed-names, golden-parents, quotas, image-key, pipelines, alarms, dead-letter-queue, leftovers
  not applicable: ec2-resources, arns, amis, inspector, subscriptions

38 ok, 8 not applicable`);
  });

  test("checks what a Region that only gets copies needs", async () => {
    const file = everything();
    file.images.base.outputs = {
      copyToRegions: ["us-east-1"],
      launchTemplates: { "us-east-1": "lt-0123456789abcdef0" },
    };
    aws.reset(file);
    const { text } = await aws.doctor({ account: ["shared"] });
    expect(text?.split("\n\n")[2]).toBe(`shared (111111111111) in us-east-1
  ok: region, ec2-resources, image-key`);
  });

  test("is fine before the first deployment", async () => {
    aws.on(NOTHING_DEPLOYED);
    const { text, exitCode } = await aws.doctor();
    expect(exitCode).toBe(0);
    expect(text).toBe(`organization
  ok: ram-trusted-access, audiences

shared (111111111111), current credentials
  ok: organization
  not applicable: service-linked-roles, deploy-role, state-bucket

shared (111111111111) in eu-west-1
  ok: region, network, instance-types, ec2-resources, managed-names, arns, amis, quotas, lambda-concurrency, inspector, leftovers
  not applicable: ami-scans, image-key, evidence-key, pipelines, subscriptions, shares, alarms, dead-letter-queue

payments (222222222222), role admin/terraform
  ok: organization, deploy-role
  not applicable: service-linked-roles, state-bucket, fleet-role

payments (222222222222) in eu-west-1
  warning: golden-parents
    no build of base is shared with the account yet, so Image Builder rejects recipes that are based on it
      fix: build base; the command explains what the account gets
      npx --no factory explain base --account 222222222222
  ok: region, network, instance-types, managed-names, quotas, leftovers
  not applicable: ec2-resources, arns, amis, inspector, image-key, pipelines, subscriptions, alarms, dead-letter-queue

1 warning, 22 ok, 23 not applicable`);
  });

  test("prints failures, warnings and what it may not look at first, and exits with 2", async () => {
    aws.deny("organizations:ListAWSServiceAccessForOrganization");
    aws.deny("organizations:DescribeOrganizationalUnit");
    aws.deny("servicequotas:ListAWSDefaultServiceQuotas");
    aws.on({
      "ec2:DescribeSubnets": () => {
        throw awsError("InvalidSubnetID.NotFound");
      },
      "ec2:DescribeInstances": () => ({
        Reservations: [
          {
            Instances: [
              {
                InstanceId: "i-0123456789abcdef0",
                Tags: [{ Key: "golden-image:prove-until", Value: "2026-11-28T12:30:00Z" }],
              },
            ],
          },
        ],
      }),
    });
    const { text, data, exitCode } = await aws.doctor({ account: ["shared"] });
    expect(exitCode).toBe(2);
    expect(text).toBe(renderReport(data as Report, Number.POSITIVE_INFINITY));
    expect(renderReport(data as Report, 80)).toBe(`shared (111111111111), current credentials
  ok: organization, service-linked-roles, state-bucket
  not applicable: deploy-role

shared (111111111111) in eu-west-1
  failed: network
    the subnet subnet-0123456789abcdef0 doesn't exist
      fix: correct subnetId of eu-west-1 in factory.yaml
  warning: leftovers
    \`npx --no factory prove\` left an instance: i-0123456789abcdef0
      fix: aws ec2 terminate-instances --instance-ids i-0123456789abcdef0 --region eu-west-1
  not allowed to look: quotas
    AccessDeniedException: not authorized to perform:
      servicequotas:ListAWSDefaultServiceQuotas
  ok: region, instance-types, ec2-resources, managed-names, arns, amis,
    lambda-concurrency, inspector, image-key, pipelines, subscriptions, shares,
    alarms, dead-letter-queue
  not applicable: ami-scans, evidence-key

1 failed, 1 warning, 1 not allowed to look, 17 ok, 3 not applicable`);
  });

  test("counts several warnings", async () => {
    const report = await aws.report({ account: ["shared"] });
    const counts = { ...report.counts, warning: 2 };
    expect(
      renderReport({ ...report, counts })
        .split("\n")
        .at(-1),
    ).toMatch(/^2 warnings, /);
  });

  test("prints a documented shape with --json", async () => {
    aws.deny("ec2:DescribeRegions");
    const { counts, result, accounts, checks } = await aws.report({ account: ["payments"] });
    expect({ counts, result, accounts }).toEqual({
      result: "not-allowed",
      counts: { failed: 0, warning: 0, "not-allowed": 1, ok: 15, "not-applicable": 5 },
      accounts: [{ name: "payments", id: PAYMENTS, credentials: "role admin/terraform" }],
    });
    expect(checks.filter(({ id }) => ["organization", "region", "amis"].includes(id))).toEqual([
      {
        id: "organization",
        title: "The account is in the organization of factory.yaml, which has all features enabled",
        account: "payments",
        result: "ok",
        observations: [],
      },
      {
        id: "region",
        title: "The Region is enabled in the account",
        account: "payments",
        region: REGION,
        result: "not-allowed",
        observations: [
          {
            result: "not-allowed",
            message: "AccessDeniedException: not authorized to perform: ec2:DescribeRegions",
          },
        ],
      },
      {
        id: "amis",
        title:
          "AMIs that factory.yaml names, by ID or SSM parameter, exist and fit the image's root device and instance types",
        account: "payments",
        region: REGION,
        result: "not-applicable",
        observations: [
          {
            result: "not-applicable",
            message: "factory.yaml names no AMI and no SSM parameter",
          },
        ],
      },
    ]);
  });

  test.each(Object.keys(OPERATIONS) as Action[])(
    "isn't allowed to look, and doesn't fail, if %s is denied",
    async (action) => {
      if (action === "ec2:DescribeVpcs") aws.reset(withoutSubnet());
      aws.deny(action);
      const { checks, result } = await aws.report();
      const denied = checks.filter((one) => one.result === "not-allowed");
      expect(result).toBe("not-allowed");
      expect(
        denied.flatMap(({ observations }) => observations.map(({ message }) => message)),
      ).toEqual(denied.map(() => `AccessDeniedException: not authorized to perform: ${action}`));
      const ids = new Set(denied.map(({ id }) => id));
      const declared = CHECKS.filter(({ calls }) => calls.includes(action)).map(({ id }) => id);
      expect(declared).toEqual(expect.arrayContaining([...ids]));
    },
  );

  test("distinguishes a state bucket of another account from one that doesn't exist", async () => {
    aws.on({
      "s3:ListBucket": () => {
        throw awsError("403", "UnknownError", 403);
      },
    });
    const { checks } = await aws.report({ account: ["shared"] });
    expect(checks.find(({ id }) => id === "state-bucket")?.observations).toEqual([
      {
        result: "not-allowed",
        message:
          "S3 denies access to acme-tfstate-111111111111: the credentials lack s3:ListBucket, or another account owns the bucket",
      },
    ]);
  });

  test("calls only what the checks declare, in the account and Region of each check", async () => {
    await aws.doctor();
    const declared = CHECKS.flatMap(({ calls }) => calls);
    const called = aws.calls.map((call) => call.split(" ")[2]);
    expect(declared).toEqual(expect.arrayContaining(called));
    expect(aws.calls).toContain(`${PAYMENTS} ${REGION} ec2:DescribeVpcs`);
    expect(aws.calls).toContain(`${SHARED} ${REGION} ec2:DescribeSubnets`);
  });

  test("makes equal calls of an account once", async () => {
    await aws.doctor({ account: ["shared"] });
    expect(aws.calls.filter((call) => call.endsWith("ec2:DescribeSubnets"))).toHaveLength(1);
  });
});
