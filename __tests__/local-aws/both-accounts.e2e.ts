import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { ResourceChange } from "../../cli/delivery/plan";
import { planSummary } from "../../cli/delivery/summary";
import { imageArn } from "../../config/aws/arns";
import { DEPLOY_ROLE_NAME, PLAN_ROLE_NAME } from "../../config/names";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import { DOCUMENT, minimalContainer, minimalFactory } from "../../tools/fixtures/factory-file";
import { evaluate } from "../../tools/iam/evaluate";
import { ResolvedStacks } from "../../tools/iam/resolved-stacks";
import { Account } from "../../tools/local-aws/account";
import { Deployment } from "../../tools/local-aws/deployment";
import { invoke } from "../../tools/local-aws/function";
import { LocalAws } from "../../tools/local-aws/local-aws";
import { Moto, requireTools } from "../../tools/local-aws/moto";
import { documented, runCommands } from "../../tools/local-aws/operations";
import { registryOf } from "../../tools/local-aws/registry";
import type { Terraform } from "../../tools/local-aws/terraform";
import {
  isTerraform,
  type Needed,
  neededFor,
  neededForCall,
} from "../../tools/local-aws/terraform-calls";
import { Topic } from "../../tools/local-aws/topic";
import { ALLOW_ALL, principal } from "../../tools/policy-proofs/policy-fixture";

const execute = promisify(execFile);

const REGION = "eu-west-1";
/** Bakes nothing, and gets copies. */
const COPIES = "us-east-1";
/** Bakes an image that no other Region does. */
const OTHER = "us-west-2";
const UNIT = "ou-abcd-11111111";
const [SHARED, PAYMENTS, ORDERS, BILLING, OUTSIDER] = ["1", "2", "3", "4", "8"].map((digit) =>
  digit.repeat(12),
) as [string, string, string, string, string];
/** In milliseconds: what hangs is to fail here, and not when everything is over. */
const LONGEST_STEP = 300_000;

const ACCOUNTS: Readonly<Record<string, string>> = {
  shared: SHARED,
  payments: PAYMENTS,
  orders: ORDERS,
  billing: BILLING,
};

function accountOfStack(id: string): string {
  return ACCOUNTS[id.split("-")[0] ?? ""] ?? "";
}

function golden(name: string): string {
  return imageArn({ accountId: SHARED, region: REGION }, name, "x.x.x");
}
const GOLDEN = golden("base");
const EDGE = imageArn({ accountId: SHARED, region: OTHER }, "edge", "x.x.x");

function app(id: string, image: string, parent: string) {
  return {
    id,
    regions: { [REGION]: {} },
    images: {
      [image]: {
        platform: "Linux",
        parent: { golden: parent },
        version: "1.0",
        components: [{ awsManaged: "tomcat" }],
      },
    },
  };
}

/** Two golden images, one on the other; two channels; a container that waits for an approval; another Region; two apps. */
function factory() {
  const file = minimalFactory();
  const { share: _, ...edge } = file.images.base;
  file.sharedAccount.regions[OTHER] = {};
  file.images.web.regions = [REGION];
  file.images.base.regions = [REGION];
  file.images.edge = {
    ...edge,
    regions: [OTHER],
    share: { channels: { partners: { principals: { accounts: [PAYMENTS] } } } },
  };
  file.ci = { github: { repository: "acme/golden-images" } };
  file.images.base.retain = { builds: 5 };
  // That a role of ours writes.
  file.images.base.outputs = { copyToRegions: [COPIES], parameter: "/golden/base" };
  file.containers = {
    runtime: {
      ...minimalContainer(),
      regions: [REGION],
      scan: true,
      retain: { builds: 3 },
      workflows: { tests: [{ awsManaged: "test-container" }, { document: "wait.yaml" }] },
      share: { channels: { partners: { principals: { accounts: [PAYMENTS] } } } },
    },
  };
  file.images.base.share.channels = {
    canary: { principals: { organizationalUnits: [UNIT] }, keep: 1 },
    stable: { principals: { organization: true }, keep: 2, approval: "required" },
  };
  file.images.web.share = { channels: { partners: { principals: { accounts: [PAYMENTS] } } } };
  const payments = {
    ...app(PAYMENTS, "payments-web", "base"),
    containers: { "payments-api": minimalContainer({ golden: "runtime" }) },
  };
  file.appAccounts = { payments, orders: app(ORDERS, "orders-api", "base") };
  return file;
}

function actionsOf(changes: readonly ResourceChange[]): string[] {
  return changes.map(({ type, change }) => `${change.actions.join("+")} ${type}`).sort();
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function kindsOf(changes: readonly ResourceChange[]): string[] {
  return [...new Set(changes.flatMap(({ change }) => change.actions))];
}

/** What AWS adds to a request of Terraform, as far as the policies of its roles ask for it. */
function contextOf(policyArn: string | undefined) {
  return {
    "aws:ResourceTag/golden-image:image": "base",
    "aws:RequestTag/golden-image:image": "base",
    "ram:RequestedAllowsExternalPrincipals": "false",
    ...(policyArn !== undefined && { "iam:PolicyARN": policyArn }),
  };
}

describe("both accounts on a local AWS", () => {
  const file = factory();
  const documents = {
    "agent.yaml": DOCUMENT,
    "wait.yaml": readFileSync("workflows/wait-for-approval.yaml", "utf8"),
  };
  let work: string;
  let moto: Moto;
  let local: LocalAws;
  let deployment: Deployment;
  let shared: Terraform;
  let topic: Topic;
  let failed: string | undefined = "the start";
  const pipelines: Record<string, string> = {};
  const builds: string[] = [];

  beforeAll(async () => {
    requireTools();
    work = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
    moto = await Moto.start(join(work, "moto.log"));
    const units = { [SHARED]: [], [PAYMENTS]: [UNIT], [ORDERS]: [], [BILLING]: [] };
    local = await LocalAws.start({
      organization: { id: "o-abcdefghij", units },
      accountOf: (key) => moto.accountOf(key),
      publish: async (topicArn, message, { account, region }) => {
        const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(account);
        await moto.query(key, region, "sns", "Publish", {
          TopicArn: topicArn,
          Message: message,
          Version: "2010-03-31",
        });
      },
      registry: registryOf(moto),
    });
    deployment = new Deployment(work, moto, local);
    moto.invoke = (event) => updater(event);
    failed = undefined;
  });

  afterAll(() => {
    local?.stop();
    moto?.stop();
    if (failed === undefined) rmSync(work, { recursive: true, force: true });
    else if (work)
      process.stderr.write(`\nlogs, synthesized stacks and state of what failed are in ${work}\n`);
  });

  const tooLong = (): Promise<never> =>
    delay(LONGEST_STEP, undefined, { ref: false }).then(() => {
      throw new Error(`it took more than ${LONGEST_STEP / 1_000} s`);
    });

  /** The steps stand on each other: after one that failed none can succeed. */
  const step = (name: string, run: () => Promise<void>): void =>
    test(name, async () => {
      // Where it is thrown says nothing.
      if (failed !== undefined)
        throw Object.assign(new Error(`not run: '${failed}' failed`), { stack: "" });
      const start = Date.now();
      try {
        await Promise.race([run(), tooLong()]);
      } catch (error) {
        failed = name;
        await deployment.keep();
        throw error;
      } finally {
        const seconds = ((Date.now() - start) / 1_000).toFixed(1);
        process.stderr.write(
          `  ${failed === undefined ? "done" : "FAILED"} ${seconds.padStart(5)} s  ${name}\n`,
        );
      }
    });

  const account = async (id: string, region = REGION): Promise<Account> =>
    new Account({ ...(await deployment.environmentOf(id)), AWS_REGION: region });
  /** With the role that the account's state stack makes. */
  const stack = (id: string): Promise<Terraform> =>
    deployment.stack(id, accountOfStack(id), DEPLOY_ROLE_NAME);

  const deploy = async (id: string): Promise<void> => {
    const terraform = await stack(id);
    await terraform.deploy();
    const { pipeline_arns: arns } = await terraform.outputs();
    Object.assign(pipelines, arns);
  };

  /** Does something to every one, two at a time: each takes Terraform and its provider. */
  const each = async <T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
    const rest = [...items];
    const work = async (): Promise<void> => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item);
    };
    // One that goes on beside a failed step would be in the way of what is kept of it.
    for (const one of await Promise.allSettled([work(), work()]))
      if (one.status === "rejected") throw one.reason;
  };

  /** Makes state buckets with local state, and moves that into them. */
  const makeStateBuckets = async (
    accounts: readonly (readonly [name: string, id: string])[],
  ): Promise<void> => {
    await deployment.synth(file, documents, true);
    await each(accounts, async ([name, id]) =>
      (await deployment.stack(`state-${name}`, id)).deploy(),
    );
    await deployment.synth(file, documents);
    await each(accounts, async ([name, id]) => {
      expect(actionsOf(await (await deployment.stack(`state-${name}`, id)).plan())).toEqual([]);
      const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(id);
      expect(await moto.objects(key, `acme-tfstate-${id}`)).toEqual([
        `golden-image-factory/state-${name}.tfstate`,
      ]);
    });
  };

  /** Builds an image and waits until its message is at the topic. */
  const bake = async (owner: string, image: string, region = REGION): Promise<string> => {
    const arn = await (await account(owner, region)).build(pipelines[image] ?? "");
    await local.images.idle();
    builds.push(arn);
    return arn;
  };

  /** Runs the deployed function as Lambda would: its code, environment and role. */
  const updater = async (event: unknown, region = REGION): Promise<readonly ShareSummary[]> => {
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(SHARED);
    const { updater_function: name } = await shared.outputs();
    const { Configuration } = await moto.get(
      key,
      region,
      "lambda",
      `/2015-03-31/functions/${name}`,
    );
    const { Environment, Role, CodeSha256 } = Configuration as {
      readonly Environment: { readonly Variables: Record<string, string> };
      readonly Role: string;
      readonly CodeSha256: string;
    };
    const { file: code, zip } = deployment.updater(`shared-${region}`);
    expect(CodeSha256).toBe(createHash("sha256").update(zip).digest("base64"));
    const role = {
      ...(await deployment.environmentOf(SHARED, Role.split("/").at(-1))),
      AWS_REGION: region,
    };
    const environment = { ...role, ...Environment.Variables };
    const { result, error, log } = await invoke<ShareSummary[]>(code, environment, event);
    appendFileSync(join(work, "updater.log"), `${log.join("\n")}\n`);
    expect(error).toBeUndefined();
    return result ?? [];
  };

  /** Runs `npx factory` with the shared account's credentials. */
  const command = async (...args: string[]): Promise<string> => {
    const env = { PATH: process.env["PATH"] ?? "", ...(await deployment.environmentOf(SHARED)) };
    const config = join(work, "factory.yaml");
    const { stdout } = await execute(
      process.execPath,
      ["--no-warnings", "dist/factory.js", ...args, "--config", config],
      {
        env,
      },
    );
    return stdout;
  };

  /** Runs the commands below a heading of the pages for operators, with an account's credentials. */
  const asDocumented = async (
    heading: string,
    words: Readonly<Record<string, string>>,
    id = SHARED,
  ): Promise<string> =>
    runCommands(documented(heading, words), join(work, "factory.yaml"), {
      ...(await deployment.environmentOf(id)),
      AWS_DEFAULT_REGION: REGION,
    });

  /** What an account gets for a versionless ARN, and whether an instance of it starts. */
  const sees = async (id: string, arn = GOLDEN): Promise<[string, boolean] | undefined> => {
    const region = arn.split(":")[3] ?? "";
    const viewer = await account(id, region);
    const seen = await viewer.resolve(arn);
    return seen && [seen.arn, await viewer.canLaunch(local.images.amiIn(seen.arn, region) ?? "")];
  };

  /** Whether an account may pull a container, by the policy that its repository has. */
  const pulls = async (id: string, container: string): Promise<boolean> => {
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(SHARED);
    const repositoryName = `golden-image-factory/${container}`;
    const { policyText } = await moto.ecr(key, REGION, "GetRepositoryPolicy", { repositoryName });
    const who = principal(
      { account: id, organization: "o-abcdefghij", units: [] },
      `arn:aws:iam::${id}:role/x`,
      ALLOW_ALL,
    );
    const resource = `arn:aws:ecr:${REGION}:${SHARED}:repository/${repositoryName}`;
    return evaluate({
      principal: who,
      resource,
      account: SHARED,
      policy: JSON.parse(String(policyText)),
    })("ecr:BatchGetImage");
  };

  const amiOf = async (arn: string, region = REGION): Promise<string> => {
    const ami = local.images.amiIn(arn, region);
    if (ami === undefined) throw new Error(`${arn} has no AMI`);
    return ami;
  };

  const writes = (): number =>
    local.emulator.calls.filter(({ operation }) =>
      /^(Associate|Disassociate|Modify)/.test(operation),
    ).length;

  step("1. state buckets are made with local state, which then moves into them", async () => {
    await makeStateBuckets([
      ["shared", SHARED],
      ["payments", PAYMENTS],
      ["orders", ORDERS],
    ]);
  });

  step("2. the shared account's Region, planned and deployed as the workflows do", async () => {
    const workflow = await deployment.workflow(["shared-eu-west-1", "shared-us-east-1"]);
    try {
      await workflow.run("plan", "shared-eu-west-1", "shared-us-east-1");
      expect(await workflow.summary()).toMatch(/\| shared-eu-west-1 \| \d+ \| {2}\| {2}\| {2}\|/);
      expect(await workflow.run("changes")).toBe("true\n");
      expect(await workflow.run("apply")).toMatch(
        /^shared-us-east-1 +deployed\nshared-us-west-2 +not planned\nshared-eu-west-1 +deployed\n(.*\n)*payments-eu-west-1 +not planned$/m,
      );
    } finally {
      workflow.stop();
    }
    shared = await stack("shared-eu-west-1");
    const outputs = await shared.outputs();
    Object.assign(pipelines, outputs["pipeline_arns"]);
    expect(Object.keys(outputs["share_arns"] as object)).toEqual([
      ...["base/canary", "base/stable", "runtime/partners", "web/partners"],
    ]);
    expect((await (await account(SHARED)).shares()).sort()).toEqual(
      Object.values(outputs["share_arns"] as object).sort(),
    );
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(SHARED);
    topic = await Topic.listen(moto, key, String(outputs["topic_arn"]));
  });

  step("3. a second plan is empty", async () => {
    expect(actionsOf(await (await stack("shared-eu-west-1")).plan())).toEqual([]);
  });

  let first: object;

  step(
    "4. the first golden image is built and shared; the image on it is refused before, and made after",
    async () => {
      const child = await stack("shared-eu-west-1-web");
      await expect(child.deploy()).rejects.toThrow(
        /InvalidParameterValueException.*image\/base\/x\.x\.x/s,
      );

      const arn = await bake(SHARED, "base");
      const events = await topic.delivered();
      expect(events).toHaveLength(1);
      [first] = events as [object];
      const summaries = await updater(first);
      expect(
        Object.fromEntries(summaries.map(({ channel, associated }) => [channel, associated])),
      ).toEqual({
        canary: [arn],
        stable: [],
      });
      expect(await sees(PAYMENTS)).toEqual([arn, true]);
      expect(await sees(ORDERS)).toBeUndefined();
      expect(await sees(OUTSIDER)).toBeUndefined();
      // The copy is launched by the same.
      const copy = await amiOf(arn, COPIES);
      expect(
        [PAYMENTS, ORDERS, OUTSIDER].map((id) => local.amis.mayLaunch(id, COPIES, copy)),
      ).toEqual([true, false, false]);
      expect(await (await account(ORDERS)).canLaunch(await amiOf(arn))).toBe(false);

      await deploy("shared-eu-west-1-web");
      const web = await bake(SHARED, "web");
      expect(local.images.parentOf(web)).toBe(arn);
      for (const event of await topic.delivered()) await updater(event);
      expect(await sees(PAYMENTS, golden("web"))).toEqual([web, true]);
      expect(await sees(ORDERS, golden("web"))).toBeUndefined();
    },
  );

  step(
    "5. a container waits for an answer before it is pushed, and is shared with who may pull it",
    async () => {
      const arn = await bake(SHARED, "runtime");
      expect(await (await account(SHARED)).resolve(arn)).toMatchObject({ status: "TESTING" });
      const answered = await asDocumented("A build waits for an answer", {
        "amazon-linux-2023 1.0.3/1": "runtime 1.0.0/1",
        "--reason CHG-1234": "--reason CHG-3 --yes",
      });
      expect(answered).toMatch(/^runtime {2}1\.0\.0\/1 {2}Approve /m);
      expect(answered).toContain("runtime 1.0.0/1 is resumed: CHG-3");
      await local.images.idle();
      for (const event of await topic.delivered()) await updater(event);
      expect((await (await account(PAYMENTS)).resolve(golden("runtime")))?.arn).toBe(arn);
      expect(await (await account(ORDERS)).resolve(golden("runtime"))).toBeUndefined();
      expect([
        await pulls(PAYMENTS, "runtime"),
        await pulls(ORDERS, "runtime"),
        await pulls(OUTSIDER, "runtime"),
      ]).toEqual([...[true, false, false]]);
    },
  );

  step(
    "6. app accounts build on what is shared with them, and are refused until something is",
    async () => {
      const refused = expect((await stack("orders-eu-west-1")).deploy()).rejects.toThrow(
        /InvalidParameterValueException.*image\/base\/x\.x\.x/s,
      );
      await Promise.all([deploy("payments-eu-west-1"), refused]);
      expect(local.images.parentOf(await bake(PAYMENTS, "payments-web"))).toBe(builds[0]);
      const runtime = builds.find((arn) => arn.includes(":image/runtime/"));
      expect(local.images.parentOf(await bake(PAYMENTS, "payments-api"))).toBe(runtime);

      await (await account(SHARED)).tag(builds[0] ?? "", approvalTag("stable"), "CHG-1");
      await updater({ image: "base" });
      expect(await sees(ORDERS)).toEqual([builds[0], true]);
      // Another Region stands by itself, and can be deployed meanwhile.
      await each(["orders-eu-west-1", "shared-us-west-2"], deploy);
      expect(local.images.parentOf(await bake(ORDERS, "orders-api"))).toBe(builds[0]);
      await each(["payments-eu-west-1", "orders-eu-west-1"], async (id) =>
        expect(actionsOf(await (await stack(id)).plan())).toEqual([]),
      );
      expect(await topic.delivered()).toEqual([]);
    },
  );

  let second: string;
  let late: object[];

  step("7. a new build: those whose channel it reaches resolve to it", async () => {
    // Looks again after a quarter of a minute.
    expect(await asDocumented("A build failed", { "amazon-linux-2023": "base" })).toMatch(
      /^base 1\.0\.0\/2 is being built\n(.*\n)+base 1\.0\.0\/2 is AVAILABLE\n$/,
    );
    second = (builds[0] ?? "").replace(/1$/, "2");
    builds.push(second);
    await local.images.idle();
    late = await topic.delivered();
    await updater(late[0]);
    expect(await sees(PAYMENTS)).toEqual([second, true]);
    expect(await sees(ORDERS)).toEqual([builds[0], true]);
    expect(local.images.parentOf(await bake(PAYMENTS, "payments-web"))).toBe(second);
  });

  step("8. late, doubled and forged events change nothing", async () => {
    const forged = { arn: `${GOLDEN.replace("x.x.x", "9.9.9")}/1`, state: { status: "AVAILABLE" } };
    const messages = [JSON.stringify(forged), JSON.stringify({ ...forged, arn: 7 }), "no JSON"];
    const records = messages.map((Message) => ({ EventSource: "aws:sns", Sns: { Message } }));
    const recordsOf = (event: object): object[] => (event as { Records: object[] }).Records;
    const before = writes();
    await updater({ Records: [...records, ...late.flatMap(recordsOf), ...recordsOf(first)] });
    await updater(first);
    await updater(late[0]);
    expect(writes()).toBe(before);
    expect(await sees(PAYMENTS)).toEqual([second, true]);
    expect(await sees(ORDERS)).toEqual([builds[0], true]);
  });

  step(
    "9. approved, it reaches the other channel; revoked, everybody is back on the build before and nobody can launch it",
    async () => {
      const approval = await asDocumented("Approve a build", {
        "amazon-linux-2023 1.0.3/1": "base 1.0.0/2",
        "--reason CHG-1234": "--reason CHG-2 --yes",
      });
      expect(approval).toContain("stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2 1.0.0/1)");
      expect(await sees(ORDERS)).toEqual([second, true]);
      const looked = await asDocumented("Check the shared builds", {
        "amazon-linux-2023": "base",
        "222222222222": ORDERS,
      });
      expect(looked).toMatch(
        /^1\.0\.0\/2 +AVAILABLE +0 h +amazon-linux-2023-x86\/\S+ +(canary stable|stable canary) +stable \(CHG-2\)$/m,
      );
      expect(looked).toMatch(
        /^stable: gets 1\.0\.0\/2, if the account is in the organization o-abcdefghij$/m,
      );
      expect(looked).toContain("stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2 1.0.0/1)");
      const shown = await command("status");
      expect(shown).toMatch(
        /^base +stable +o-abcdefghij +1\.0\.0\/2 1\.0\.0\/1 +1\.0\.0\/2 1\.0\.0\/1 /m,
      );

      const ami = await amiOf(second);
      expect(await (await account(OUTSIDER)).canLaunch(ami)).toBe(false);
      expect(await sees(OUTSIDER)).toBeUndefined();
      const isTakenBack = async (): Promise<void> => {
        for (const id of [PAYMENTS, ORDERS]) {
          expect(await sees(id)).toEqual([builds[0], true]);
          expect(await (await account(id)).canLaunch(ami)).toBe(false);
        }
      };
      await (await account(SHARED)).tag(second, REVOKED_TAG, "INC-7");
      const revoked = await updater({ image: "base" });
      expect(revoked.map(({ disassociated }) => disassociated)).toEqual([[second], [second]]);
      await isTakenBack();
      const words = {
        "amazon-linux-2023 1.0.3/1": "base 1.0.0/2",
        "--reason INC-5678": "--reason INC-7 --yes",
      };
      expect(await asDocumented("Withdraw a bad build", words)).toContain(
        "Image Builder is disabling the build and its AMIs",
      );
      await isTakenBack();
      expect(local.images.parentOf(await bake(ORDERS, "orders-api"))).toBe(builds[0]);
      const before = writes();
      await updater({});
      expect(writes()).toBe(before);
    },
  );

  step(
    "10. an edited component is a new version, applied in place, in an order that the service takes",
    async () => {
      documents["agent.yaml"] = `${DOCUMENT}# changed\n`;
      await deployment.synth(file, documents);
      shared = await stack("shared-eu-west-1");
      const changes = await shared.plan();
      expect(actionsOf(changes)).toEqual([
        "create+delete aws_imagebuilder_component",
        "create+delete aws_imagebuilder_image_recipe",
        "create+delete aws_s3_object",
        "update aws_imagebuilder_image_pipeline",
        "update aws_imagebuilder_lifecycle_policy",
      ]);
      expect(
        changes.find(({ type }) => type === "aws_imagebuilder_image_recipe")?.change,
      ).toMatchObject({
        before: { version: "1.0.0" },
        after: { version: "1.0.1" },
      });
      const policy = changes.find(({ type }) => type === "aws_imagebuilder_lifecycle_policy")
        ?.change.after;
      expect(
        JSON.stringify(policy)
          .match(/"semantic_version":"[\d.]+"/g)
          ?.sort(),
      ).toEqual(['"semantic_version":"1.0.0"', '"semantic_version":"1.0.1"']);

      const summary = planSummary([{ stack: "shared-eu-west-1", changes }]);
      expect(summary).toMatch(
        /\*\*Replaced by a new version\*\*\n\n(- shared-eu-west-1: `aws_\S+`\n){3}\n\| stack/,
      );
      expect(summary).toContain("| shared-eu-west-1 |  | 2 | 3 |  |");

      const done = local.emulator.calls.length;
      await shared.apply();
      const calls = local.emulator.calls.slice(done).map(({ operation }) => operation);
      const written = calls.filter((operation) => /^(Create|Update|Delete)/.test(operation));
      expect(written.slice(0, 2)).toEqual(["CreateComponent", "CreateImageRecipe"]);
      expect(written.slice(2).sort()).toEqual([
        "DeleteImageRecipe",
        "UpdateImagePipeline",
        "UpdateLifecyclePolicy",
      ]);
      expect(written.indexOf("DeleteImageRecipe")).toBeGreaterThan(
        written.indexOf("UpdateImagePipeline"),
      );
      expect(actionsOf(await (await stack("shared-eu-west-1")).plan())).toEqual([]);
      // The old one stays: a recipe elsewhere may use it.
      expect(
        local.imageBuilder.arns("component").filter((arn) => arn.includes(`:${REGION}:${SHARED}:`)),
      ).toEqual(
        ["1.0.0", "1.0.1"].map(
          (version) => `arn:aws:imagebuilder:${REGION}:${SHARED}:component/agent/${version}/1`,
        ),
      );

      const third = await bake(SHARED, "base");
      expect(third).toMatch(/image\/base\/1\.0\.1\/1$/);
      for (const event of await topic.delivered()) await updater(event);
      expect(await sees(PAYMENTS)).toEqual([third, true]);
    },
  );

  step("11. an app account more only adds, and can launch what is shared already", async () => {
    expect(await sees(BILLING)).toEqual([builds[0], true]);
    file.appAccounts.billing = app(BILLING, "billing-web", "web");
    file.images.web.share.channels.partners.principals.accounts.push(BILLING);
    await makeStateBuckets([["billing", BILLING]]);
    shared = await stack("shared-eu-west-1");
    const changes = await shared.plan();
    expect(actionsOf(changes)).toEqual(["create aws_ram_principal_association"]);
    expect(planSummary([{ stack: "shared-eu-west-1", changes }])).toContain(
      `: ${BILLING} gets access to the shared builds`,
    );
    await shared.apply();
    await updater({});
    const [web] = builds.filter((arn) => arn.includes("/web/"));
    expect(await sees(BILLING, golden("web"))).toEqual([web, true]);
    const billing = await stack("billing-eu-west-1");
    expect(kindsOf(await billing.plan())).toEqual(["create"]);
    await deploy("billing-eu-west-1");
    expect(local.images.parentOf(await bake(BILLING, "billing-web"))).toBe(web);
  });

  step(
    "12. another Region has its own key, shares and updater, and what is baked in one is seen in no other",
    async () => {
      const arn = await bake(SHARED, "edge", OTHER);
      const summaries = await updater({}, OTHER);
      expect(summaries).toMatchObject([{ image: "edge", channel: "partners", shared: [arn] }]);
      expect(await sees(PAYMENTS, EDGE)).toEqual([arn, true]);
      expect(await sees(ORDERS, EDGE)).toBeUndefined();
      expect(await sees(PAYMENTS, golden("edge"))).toBeUndefined();
      expect((await updater({})).map(({ image }) => image)).not.toContain("edge");
      const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(SHARED);
      expect(await moto.keyStates(key, OTHER)).toEqual(["Enabled", "Enabled"]);
    },
  );

  step("13. a container is taken back and deleted, as the page about operations says", async () => {
    const runtime = builds.find((arn) => arn.includes(":image/runtime/")) ?? "";
    const words = {
      "NAME 1.0.3/1": "runtime 1.0.0/1",
      "--reason INC-5678": "--reason INC-8 --yes",
    };
    expect(await asDocumented("Withdraw a bad container", words)).toContain(
      "Image Builder is deleting the build and its container images",
    );
    expect(await (await account(PAYMENTS)).resolve(golden("runtime"))).toBeUndefined();
    expect(await (await account(SHARED)).resolve(runtime)).toMatchObject({ status: "DELETED" });
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(SHARED);
    const { imageIds } = await moto.ecr(key, REGION, "ListImages", {
      repositoryName: "golden-image-factory/runtime",
    });
    expect(imageIds).toEqual([]);
  });

  step(
    "14. a rotated key, lost state and a launch permission taken away, as the page about operations says",
    async () => {
      await asDocumented("Rotate the image key", {});
      const lost = {
        bucket: `acme-tfstate-${PAYMENTS}`,
        key: "golden-image-factory/payments-eu-west-1.tfstate",
      };
      const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(PAYMENTS);
      await moto.deleteObject(key, lost.bucket, lost.key);
      expect(kindsOf(await (await stack("payments-eu-west-1")).plan())).toEqual(["create"]);
      await asDocumented("The state of a stack is lost", {}, PAYMENTS);
      expect(actionsOf(await (await stack("payments-eu-west-1")).plan())).toEqual([]);

      const ami = await amiOf(builds[0] ?? "");
      expect(await (await account(ORDERS)).canLaunch(ami)).toBe(true);
      await asDocumented("Remove launch permissions", { "ami-0123456789abcdef0": ami });
      expect(await (await account(ORDERS)).canLaunch(ami)).toBe(false);
    },
  );

  const apps = ["payments", "orders", "billing"];

  step(
    "15. keys and state are protected; without protection everything goes but what Terraform never owned",
    async () => {
      await each(["shared-eu-west-1", "payments-eu-west-1"], async (id) =>
        expect((await stack(id)).destroy()).rejects.toThrow(
          /Instance cannot be destroyed.*aws_kms_key/s,
        ),
      );
      await expect((await deployment.stack("state-shared", SHARED)).destroy()).rejects.toThrow(
        /Instance cannot be destroyed.*aws_s3_bucket/s,
      );

      file.sharedAccount.protect = false;
      await deployment.synth(file, documents);
      // Whether a bucket is emptied is in its state; what refuses to be destroyed isn't.
      await each(
        ["shared-eu-west-1", "shared-us-west-2", ...apps.map((name) => `${name}-eu-west-1`)],
        deploy,
      );
      const others = [
        "shared-eu-west-1-web",
        "shared-us-east-1",
        "shared-us-west-2",
        ...apps.map((name) => `${name}-eu-west-1`),
      ];
      await each([...others, "shared-eu-west-1"], async (id) => (await stack(id)).destroy());
      for (const id of [PAYMENTS, ORDERS, BILLING]) expect(await sees(id)).toBeUndefined();

      const states = Object.entries(ACCOUNTS);
      await each(states, async ([name, id]) =>
        (await deployment.stack(`state-${name}`, id)).deploy(),
      );
      await deployment.synth(file, documents, true);
      await each(states, async ([name, id]) =>
        (await deployment.stack(`state-${name}`, id)).destroy(),
      );

      const platform = await account(SHARED);
      expect(await platform.shares()).toEqual([]);
      await expect(platform.build(pipelines["base"] ?? "")).rejects.toThrow(/doesn't exist/);
      for (const [, id] of states) {
        const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(id);
        expect(await moto.hasBucket(key, `acme-tfstate-${id}`)).toBe(false);
        expect(await moto.keyStates(key, REGION)).toEqual(["PendingDeletion", "PendingDeletion"]);
      }
      const kinds = [
        "image-recipe",
        "container-recipe",
        "workflow",
        "image-pipeline",
        "infrastructure-configuration",
        "distribution-configuration",
        "lifecycle-policy",
      ];
      for (const kind of kinds) expect(local.imageBuilder.arns(kind)).toEqual([]);

      expect(local.images.arns().sort()).toEqual([...builds].sort());
      const containers = builds.filter((arn) => /:image\/(runtime|payments-api)\//.test(arn));
      const copies = builds.filter((arn) => arn.includes(":image/base/"));
      expect(local.amis.ids()).toHaveLength(builds.length - containers.length + copies.length);
      for (const id of [SHARED, PAYMENTS]) {
        const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(id);
        expect(await moto.ecr(key, REGION, "DescribeRepositories", {})).toEqual({
          repositories: [],
        });
      }
      const components = local.imageBuilder.arns("component");
      expect(
        components.map((arn) => arn.replace(/.*imagebuilder:(.*?):.*:component/, "$1")).sort(),
      ).toEqual(
        ["eu-west-1", "us-west-2"].flatMap((region) => [
          `${region}/agent/1.0.0/1`,
          `${region}/agent/1.0.1/1`,
        ]),
      );
      const left = [...builds, ...local.amis.ids(), ...components];
      process.stderr.write(
        `  left, because Terraform never owned it:\n${left.map((one) => `    ${one}\n`).join("")}`,
      );
      if (deployment.archivesReplaced)
        process.stderr.write(
          "  archive_file was replaced by a zip of the same folder, because its provider can't be installed here\n",
        );
    },
  );

  step("16. all that Terraform did is what the roles of GitHub Actions may do", async () => {
    const asked: { readonly account: string; readonly role: string; readonly needed: Needed }[] =
      [];
    const keys = new Map<string, { readonly account: string; readonly role: string }>();
    const callerOf = async (key: string) => {
      const known = keys.get(key) ?? {
        account: await moto.accountOf(key),
        role: await moto.roleOf(key),
      };
      keys.set(key, known);
      return known;
    };
    for (const request of moto.requests) {
      const caller = await callerOf(request.accessKey);
      const needed = neededFor(request, caller.account);
      if (needed) asked.push({ ...caller, needed });
    }
    for (const call of local.emulator.calls.filter(({ agent }) => isTerraform(agent)))
      asked.push({ ...(await callerOf(call.accessKey)), needed: neededForCall(call, REGION) });
    const inQuestion = unique(
      asked.filter(({ role }) => role === DEPLOY_ROLE_NAME || role === PLAN_ROLE_NAME),
    );
    expect(inQuestion.length).toBeGreaterThan(200);

    const stacks = Object.keys(ACCOUNTS).map((name) => `state-${name}`);
    const resolved = new ResolvedStacks(
      Object.fromEntries(stacks.map((id) => [id, deployment.synthesized(id)])),
    );
    const refused = inQuestion.filter(
      ({ account, role, needed: { action, resource, policyArn } }) => {
        const arn = `arn:aws:iam::${account}:role/${role}`;
        const identity = resolved.policies
          .filter(({ of, kind }) => of === arn && kind === "identity")
          .map(({ document }) => document);
        // Of a key that hands on to its account, as all of the factory's do.
        const policy = {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
        } as const;
        const request = {
          principal: { arn, account, identity },
          resource,
          account: "999999999999",
          policy,
          context: contextOf(policyArn),
        };
        return !evaluate(request)(action);
      },
    );
    expect(refused).toEqual([]);
    process.stderr.write(
      `  ${inQuestion.length} kinds of requests by the plan and deploy roles, each allowed by its policy\n`,
    );
  });
});
