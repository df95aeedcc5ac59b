/** The command on the local AWS, which denies what it doesn't emulate. */
import type { Server } from "node:http";
import { join } from "node:path";
import {
  paginateListImagePipelines,
  UpdateImagePipelineCommand,
} from "@aws-sdk/client-imagebuilder";
import { DeleteResourceShareCommand } from "@aws-sdk/client-ram";
import type { Report } from "../../../cli/proof/report";
import type { AccountName } from "../../../tools/local-aws/factories/small-factory-accounts";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { serverUrl, startServer, stopServer } from "../../../tools/local-aws/protocol/server";
import { SharedAccount } from "../day-two/shared-account";
import { runBundle } from "../run-factory";
import { runInProcess } from "../run-in-process";

/** Operations of the emulated services that aren't emulated. */
const DENIED = [
  ...["DescribeRegions", "DescribeVpcs", "DescribeInstanceTypeOfferings", "DescribeInstances"],
  "HeadObject",
];

let account: SharedAccount;
let others: Server;

beforeAll(async () => {
  account = await SharedAccount.start();
  others = await startServer((request, response) => {
    const isXml = request.headers["content-type"]?.includes("urlencoded") ?? true;
    response
      .writeHead(403, {
        "Content-Type": isXml ? "text/xml" : "application/json",
        "x-amzn-ErrorType": "AccessDeniedException",
      })
      .end(
        isXml
          ? "<ErrorResponse><Error><Code>AccessDenied</Code><Message>denied</Message></Error></ErrorResponse>"
          : JSON.stringify({ __type: "AccessDeniedException", message: "denied" }),
      );
  });
});
afterAll(() => {
  account.stop();
  stopServer(others);
});

/** Runs `doctor --json` with credentials of an account. */
async function doctor(
  name: AccountName,
  args: readonly string[] = [],
  run = runInProcess,
): Promise<{ report: Report; status: number | null }> {
  for (const operation of DENIED)
    account.factory.aws.emulator.fail(operation, new Fault("AccessDeniedException", "denied", 403));
  const { environment } = account.factory.as(name);
  const url = serverUrl(others);
  const env = {
    PATH: process.env["PATH"],
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: url,
    ...environment,
    AWS_ENDPOINT_URL_LAMBDA: url,
    AWS_ENDPOINT_URL_SQS: url,
  };
  const config = ["--config", join(account.folder, "factory.yaml")];
  const command = ["doctor", "--json", ...config, ...args];
  const { status, stdout, stderr } = await run(command, env);
  if (stdout === "") throw new Error(stderr);
  return { report: JSON.parse(stdout), status };
}

/** Returns the results of the checks that could look, as lines. */
function linesOf({ checks }: Report): string[] {
  return checks
    .filter(({ result }) => result !== "not-allowed")
    .flatMap(({ id, result, observations }) => [
      `${result}: ${id}`,
      ...observations.map(({ message }) => `  ${message}`),
    ]);
}

describe("factory doctor on the local AWS", () => {
  test("the bundled command looks at shares, pipelines and the organization, and changes nothing", async () => {
    account.factory.organization.administrators.add("111111111111");
    const before = account.changes.length;
    const { report, status } = await doctor("shared", [], runBundle);
    expect(linesOf(report)).toEqual([
      "ok: ram-trusted-access",
      "ok: audiences",
      "ok: organization",
      "not-applicable: deploy-role",
      "  Terraform uses the caller's credentials: deployRole isn't set",
      "not-applicable: ec2-resources",
      "  factory.yaml names none",
      "ok: managed-names",
      "not-applicable: arns",
      "  factory.yaml gives no parent or component by ARN",
      "not-applicable: amis",
      "  factory.yaml names no AMI and no SSM parameter",
      "not-applicable: inspector",
      "  no image has scan: true, and no channel has findings",
      "not-applicable: ami-scans",
      "  no channel has findings",
      "ok: image-key",
      "not-applicable: evidence-key",
      "  sharedAccount.evidence isn't set",
      "warning: pipelines",
      "  web: not deployed yet",
      "not-applicable: subscriptions",
      "  neither notify.emails nor notes is set",
      "ok: shares",
    ]);
    expect(report.accounts.map(({ notLookedAt }) => notLookedAt)).toEqual([
      undefined,
      "the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE",
    ]);
    expect(status).toBe(0);
    expect(account.changes.slice(before)).toEqual(["HeadObject"]);
  });

  test("isn't allowed to look at the organization from a member account", async () => {
    account.factory.organization.administrators.delete("111111111111");
    const { report } = await doctor("shared");
    const organization = report.checks.filter(({ account: name }) => name === undefined);
    expect(organization.map(({ id, result }) => `${result}: ${id}`)).toEqual([
      "not-allowed: ram-trusted-access",
      "not-allowed: audiences",
    ]);
    account.factory.organization.administrators.add("111111111111");
  });

  test("sees a golden parent from an app account once a build is shared", async () => {
    const parents = async (): Promise<string | undefined> =>
      (await doctor("payments", ["--account", "payments"])).report.checks.find(
        ({ id }) => id === "golden-parents",
      )?.result;
    expect(await parents()).toBe("warning");
    await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    expect(await parents()).toBe("ok");
  });

  test("finds trusted access that is off, a disabled pipeline and a share that is gone", async () => {
    const { organization } = account.factory;
    organization.trustedServices.clear();
    const { imageBuilder, ram } = account.factory.as("shared");
    const pages = paginateListImagePipelines({ client: imageBuilder }, {});
    for await (const { imagePipelineList = [] } of pages)
      for (const { arn, infrastructureConfigurationArn, ...pipeline } of imagePipelineList)
        await imageBuilder.send(
          new UpdateImagePipelineCommand({
            imagePipelineArn: arn,
            infrastructureConfigurationArn,
            imageRecipeArn: pipeline.imageRecipeArn,
            distributionConfigurationArn: pipeline.distributionConfigurationArn,
            status: "DISABLED",
          }),
        );
    const [canary = ""] = await account.factory.as("shared").shares();
    await ram.send(new DeleteResourceShareCommand({ resourceShareArn: canary }));
    const { report, status } = await doctor("shared");
    const found = report.checks.filter(({ result }) => ["failed", "warning"].includes(result));
    expect(
      found.flatMap(({ id, observations }) =>
        observations.map(({ message }) => `${id}: ${message}`),
      ),
    ).toEqual([
      "ram-trusted-access: sharing with the organization is off, so RAM rejects every share or sends invitations",
      "pipelines: base: the pipeline is disabled",
      "pipelines: web: not deployed yet",
      "shares: golden-image-base--canary: not deployed yet",
    ]);
    expect(status).toBe(2);
  });
});
