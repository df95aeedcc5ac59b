/**
 * The factory of the end-to-end test on a local AWS, with the actions that its steps consist of.
 */
import { execFile } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  AssociateResourceShareCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
} from "@aws-sdk/client-ram";
import { stringify } from "yaml";
import type { ResourceChange } from "../../cli/delivery/plan";
import { imagePermissionArn } from "../../config/aws/arns";
import {
  componentBucket,
  DEPLOY_ROLE_NAME,
  evidenceBucket,
  REBUILDER_NAME,
  RECORDER_NAME,
  sharedStackId,
  shareName,
  UPDATER_NAME,
} from "../../config/names";
import { MANIFEST_PREFIX } from "../../contract/manifest";
import { renderShareTags } from "../../contract/share-tags";
import type { BuildResult } from "../../lambda/recorder/run";
import type { RunResult } from "../../lambda/share-updater/reconcile";
import { DOCUMENT, type Raw } from "../../tools/fixtures/factory-file";
import { evaluate } from "../../tools/iam/evaluate";
import { Account } from "../../tools/local-aws/account";
import { Deployment } from "../../tools/local-aws/factories/deployment";
import { documented, runCommands } from "../../tools/local-aws/factories/documented-commands";
import { type Invocation, invoke } from "../../tools/local-aws/functions/function";
import { type Delivery, FunctionQueue } from "../../tools/local-aws/functions/function-queue";
import { LocalAws } from "../../tools/local-aws/local-aws";
import { buildLogsOf } from "../../tools/local-aws/moto/build-logs";
import type { FunctionEvent } from "../../tools/local-aws/moto/function-settings";
import { Moto } from "../../tools/local-aws/moto/moto";
import { registryOf } from "../../tools/local-aws/moto/registry";
import { requireTools } from "../../tools/local-aws/moto/required-tools";
import { inspector, serviceQuotas } from "../../tools/local-aws/services/account-settings";
import {
  type OrganizationSettings,
  organizations,
} from "../../tools/local-aws/services/organizations";
import type { Terraform } from "../../tools/local-aws/terraform/terraform";
import { ALLOW_ALL, principal } from "../../tools/policy-proofs/policy-fixture";
import {
  ACCOUNTS,
  BILLING,
  goldenArn,
  ORDERS,
  ORGANIZATION,
  PAYMENTS,
  REGION,
  SHARED,
  scenarioFactory,
  UNIT,
} from "./scenario-factory";

const execute = promisify(execFile);

function accountOfStack(id: string): string {
  return ACCOUNTS[id.split("-")[0] ?? ""] ?? "";
}

/** The actions of a plan, such as `create aws_sns_topic`. */
export function actionsOf(changes: readonly ResourceChange[]): string[] {
  return changes.map(({ type, change }) => `${change.actions.join("+")} ${type}`).sort();
}

/** The kinds of actions of a plan, such as `create`. */
export function kindsOf(changes: readonly ResourceChange[]): string[] {
  return [...new Set(changes.flatMap(({ change }) => change.actions))];
}

/**
 * How many Terraform processes run at once. Most of the time they wait for the provider's delays.
 */
const MAX_PARALLEL = 3;

export async function runAll(tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
  const waiting = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  // Waits for all of them, because one that still runs would change the files of a failed step.
  const results = await Promise.allSettled(Array.from({ length: MAX_PARALLEL }, work));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** How a command ended, and what it printed. */
interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A delivery that the updater processed without problems. */
export interface SuccessfulDelivery {
  readonly event: object;
  /** The parsed body of the message. */
  readonly message: Raw;
  readonly log: readonly string[];
  readonly shares: RunResult["shares"];
}

function sharesOf({ result, error }: Invocation<RunResult>): RunResult["shares"] {
  expect(error).toBeUndefined();
  expect(result?.mismatches).toEqual([]);
  expect(result?.problems).toEqual([]);
  return result?.shares ?? [];
}

export class Scenario {
  readonly file = scenarioFactory();
  readonly documents = {
    "agent.yaml": DOCUMENT,
    "wait.yaml": readFileSync("workflows/wait-for-approval.yaml", "utf8"),
  };
  /** ARNs of all builds, the oldest first. */
  readonly builds: string[] = [];
  /** ARNs of the pipelines, by image. */
  readonly pipelines: Record<string, string> = {};
  readonly deployment: Deployment;
  private readonly backgroundTasks = new Map<string, Promise<void>>();

  private constructor(
    private readonly folder: string,
    readonly moto: Moto,
    readonly local: LocalAws,
    readonly organization: OrganizationSettings,
    /** Values of quotas by their codes. */
    readonly quotas: Map<string, number>,
    /** Types of resources that Amazon Inspector scans. */
    readonly scanned: Set<string>,
  ) {
    this.deployment = new Deployment(folder, moto, local);
    moto.invoke = (event) => this.invokeFunction(sharedStackId(event.region), event);
  }

  /** The caller must stop it. */
  static async start(): Promise<Scenario> {
    requireTools();
    const folder = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
    const moto = await Moto.start(join(folder, "moto.log"));
    const units = { [SHARED]: [], [PAYMENTS]: [UNIT], [ORDERS]: [], [BILLING]: [] };
    const organization = { id: ORGANIZATION, units };
    const settings = {
      managementAccountId: "999999999999",
      administrators: new Set<string>(),
      trustedServices: new Set(["ram.amazonaws.com"]),
    };
    const quotas = new Map([["L-595828F9", 5_000]]);
    const scanned = new Set(["EC2", "ECR"]);
    const local = await LocalAws.start({
      organization,
      otherEc2: moto.endpoint,
      services: [
        organizations(organization, settings),
        serviceQuotas(() => quotas),
        inspector(scanned),
      ],
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
      writeLog: buildLogsOf(moto),
    });
    return new Scenario(folder, moto, local, settings, quotas, scanned);
  }

  /** @param keepsFiles whether logs, synthesized stacks and state remain for a look at a failure */
  async stop(keepsFiles: boolean): Promise<void> {
    await Promise.allSettled(this.backgroundTasks.values());
    this.local.stop();
    this.moto.stop();
    if (keepsFiles)
      process.stderr.write(`\nlogs, synthesized stacks and state are kept in ${this.folder}\n`);
    else rmSync(this.folder, { recursive: true, force: true });
  }

  async accessKeyOf(account: string): Promise<string> {
    return (await this.moto.credentialsOf(account)).AWS_ACCESS_KEY_ID;
  }

  async account(id: string, region = REGION): Promise<Account> {
    return new Account({ ...(await this.deployment.environmentOf(id)), AWS_REGION: region });
  }

  async synth(options: { readonly isBootstrap?: boolean } = {}): Promise<void> {
    await this.deployment.synth(this.file, this.documents, options.isBootstrap);
  }

  /** A stack with the deploy role that the account's state stack creates. */
  stack(id: string): Promise<Terraform> {
    return this.deployment.stack(id, accountOfStack(id), DEPLOY_ROLE_NAME);
  }

  /** The state stack of an account, with the credentials of an administrator. */
  stateStack(name: string): Promise<Terraform> {
    return this.deployment.stack(`state-${name}`, accountOfStack(name));
  }

  async plan(id: string): Promise<ResourceChange[]> {
    return (await this.stack(id)).plan();
  }

  async deploy(id: string): Promise<void> {
    const terraform = await this.stack(id);
    await terraform.deploy();
    const { pipeline_arns: arns } = await terraform.outputs();
    Object.assign(this.pipelines, arns);
  }

  async destroy(id: string): Promise<void> {
    await (await this.stack(id)).destroy();
  }

  /**
   * Deploys a stack whose recipes Image Builder must reject, because it can't find their parent.
   */
  async expectRejectedParent(id: string): Promise<void> {
    const stack = await this.stack(id);
    await expect(stack.deploy()).rejects.toThrow(
      /InvalidParameterValueException.*image\/base\/x\.x\.x/s,
    );
  }

  /**
   * Starts a task that runs next to the following steps. A new stack takes a minute, most of which
   * the provider waits for the log bucket's lifecycle rules to settle.
   */
  startInBackground(name: string, task: () => Promise<void>): void {
    const running = task();
    // A step that needs it reports the error.
    running.catch(() => undefined);
    this.backgroundTasks.set(name, running);
  }

  /** Waits for a background task. */
  async finished(name: string): Promise<void> {
    const running = this.backgroundTasks.get(name);
    if (!running) throw new Error(`the background task ${name} must be started first`);
    await running;
  }

  /** Creates state buckets with local state, and moves the state into them. */
  async createStateBuckets(names: readonly string[]): Promise<void> {
    await this.synth({ isBootstrap: true });
    await runAll(names.map((name) => async () => (await this.stateStack(name)).deploy()));
    await this.synth();
    await runAll(names.map((name) => () => this.expectStateInBucket(name)));
  }

  private async expectStateInBucket(name: string): Promise<void> {
    const account = accountOfStack(name);
    expect(actionsOf(await (await this.stateStack(name)).plan())).toEqual([]);
    const objects = await this.moto.objects(
      await this.accessKeyOf(account),
      `acme-tfstate-${account}`,
    );
    expect(objects).toEqual([`golden-image-factory/state-${name}.tfstate`]);
  }

  /** Runs a pipeline, and waits until the build ends or waits for an approval. */
  async build(owner: string, image: string, region = REGION): Promise<string> {
    const arn = await (await this.account(owner, region)).build(this.pipelines[image] ?? "");
    await this.local.runs.idle();
    this.builds.push(arn);
    return arn;
  }

  firstBuild(image: string): string {
    const build = this.builds.find((arn) => arn.includes(`:image/${image}/`));
    if (build === undefined) throw new Error(`${image} must have a build`);
    return build;
  }

  private invokeUpdater(event: FunctionEvent): Promise<Invocation<RunResult>> {
    expect(event.name).toBe(UPDATER_NAME);
    return this.invokeFunction(sharedStackId(event.region), event);
  }

  /**
   * Runs a deployed function as Lambda does: with the code, the environment and the role of the
   * function.
   */
  private async invokeFunction<Result>(
    stack: string,
    { name, region, event }: FunctionEvent,
  ): Promise<Invocation<Result>> {
    const account = accountOfStack(stack);
    const path = `/2015-03-31/functions/${name}`;
    const key = await this.accessKeyOf(account);
    const { Configuration } = await this.moto.get(key, region, "lambda", path);
    const { Environment, Role, CodeSha256 } = Configuration as {
      readonly Environment: { readonly Variables: Record<string, string> };
      readonly Role: string;
      readonly CodeSha256: string;
    };
    const { file: code, hashes } = this.deployment.code(stack, name);
    expect(hashes).toContain(CodeSha256);
    const environment = {
      ...(await this.deployment.environmentOf(account, Role.split("/").at(-1))),
      AWS_REGION: region,
      ...Environment.Variables,
    };
    const invocation = await invoke<Result>(code, environment, event);
    appendFileSync(join(this.folder, `${name}.log`), `${invocation.log.join("\n")}\n`);
    return invocation;
  }

  /** Returns whether the deployed alarm of a rebuilder is raised by the metrics of a run. */
  async isRaised(owner: string, suffix: string, metrics: Record<string, number>): Promise<boolean> {
    const key = await this.accessKeyOf(ACCOUNTS[owner] ?? "");
    const name = { "AlarmNames.member.1": `${REBUILDER_NAME}-${suffix}`, Version: "2010-08-01" };
    const alarm = await this.moto.query(key, REGION, "monitoring", "DescribeAlarms", name);
    expect(alarm("ComparisonOperator")).toEqual(["GreaterThanOrEqualToThreshold"]);
    const [metric = ""] = alarm("MetricName");
    const value = metrics[metric];
    if (value === undefined) throw new Error(`the run must put the metric ${metric}`);
    return value >= Number(alarm("Threshold")[0]);
  }

  /**
   * Runs the deployed rebuilder of an account, and waits until its builds end. Returns the
   * builds that it started, each with its parent, and its metrics.
   */
  async rebuild(
    owner: string,
  ): Promise<{ readonly started: [string, string][]; readonly metrics: Record<string, number> }> {
    const event = { name: REBUILDER_NAME, region: REGION, event: {} };
    const { error, log } = await this.invokeFunction(`${owner}-${REGION}`, event);
    expect(error).toBeUndefined();
    await this.local.runs.idle();
    const lines: Raw[] = log.map((line) => JSON.parse(line));
    const starts = lines.filter(({ message }) => message === "build started");
    this.builds.push(...starts.map(({ build }) => build));
    return {
      started: starts.map(({ build, parent }) => [build, parent]),
      metrics: Object.assign({}, ...lines.filter((line) => "_aws" in line)),
    };
  }

  /** Invokes the updater, and returns its error. */
  tryUpdate(event: unknown, region = REGION): Promise<Invocation<RunResult>> {
    return this.invokeUpdater({ name: UPDATER_NAME, region, event });
  }

  /** Invokes the updater, which must succeed without problems. Returns the shares. */
  async update(event: unknown, region = REGION): Promise<RunResult["shares"]> {
    return sharesOf(await this.tryUpdate(event, region));
  }

  /** The queue of a function of the shared account. @default - the updater's */
  async queue(region = REGION, name = UPDATER_NAME): Promise<FunctionQueue> {
    return FunctionQueue.find(this.moto, await this.accessKeyOf(SHARED), region, name);
  }

  /**
   * Delivers all messages of the recorder's queue, which must succeed. Returns what it did about
   * each build.
   */
  async record(region = REGION): Promise<BuildResult[]> {
    const queue = await this.queue(region, RECORDER_NAME);
    const deliveries = await queue.deliver((event) =>
      this.invokeFunction<BuildResult[]>(sharedStackId(region), {
        name: RECORDER_NAME,
        region,
        event,
      }),
    );
    return deliveries.flatMap(({ result, error }) => {
      expect(error).toBeUndefined();
      return result ?? [];
    });
  }

  /** Changes an object with evidence by hand. Returns a function that restores it. */
  async changeEvidence(
    key: string,
    change: (text: string) => string,
  ): Promise<() => Promise<void>> {
    const accessKey = await this.accessKeyOf(SHARED);
    const bucket = evidenceBucket({ accountId: SHARED, region: REGION });
    const text = await this.moto.objectText(accessKey, bucket, key);
    // The local AWS doesn't evaluate the bucket's policy, which denies this.
    await this.moto.putObject(accessKey, bucket, key, change(text));
    return () => this.moto.putObject(accessKey, bucket, key, text);
  }

  /** Writes a copy of all evidence of the Region to a folder. Returns the folder. */
  async copyEvidence(): Promise<string> {
    const accessKey = await this.accessKeyOf(SHARED);
    const bucket = evidenceBucket({ accountId: SHARED, region: REGION });
    const folder = join(this.folder, "evidence");
    for (const key of await this.moto.objects(accessKey, bucket)) {
      mkdirSync(join(folder, dirname(key)), { recursive: true });
      writeFileSync(join(folder, key), await this.moto.objectText(accessKey, bucket, key));
    }
    return folder;
  }

  /** Delivers all messages of the updater's queue, whatever the updater makes of them. */
  async tryDeliver(region = REGION): Promise<Delivery<RunResult>[]> {
    const queue = await this.queue(region);
    return queue.deliver((event) => this.tryUpdate(event, region));
  }

  /** Delivers all messages of the updater's queue, which must succeed without problems. */
  async deliver(region = REGION): Promise<SuccessfulDelivery[]> {
    const deliveries = await this.tryDeliver(region);
    return deliveries.map((delivery) => ({
      ...delivery,
      message: JSON.parse(delivery.body),
      shares: sharesOf(delivery),
    }));
  }

  /** Runs the updater as its schedules do: it sends messages, which are then delivered. */
  async runSchedule(
    invocation: { readonly full?: boolean } = {},
    region = REGION,
  ): Promise<SuccessfulDelivery[]> {
    expect(await this.update(invocation, region)).toEqual([]);
    return this.deliver(region);
  }

  /**
   * Creates a share for an account by hand, with the tags that the factory gives to its own.
   * Returns a function that deletes it.
   */
  async createShare(image: string, account: string): Promise<() => Promise<void>> {
    const { ram } = await this.account(SHARED);
    const tags = renderShareTags({
      image,
      channel: "partners",
      keep: 1,
      bakeHours: 0,
      approval: "automatic",
    });
    const { resourceShare } = await ram.send(
      new CreateResourceShareCommand({
        name: shareName(image, "by-hand"),
        permissionArns: [imagePermissionArn(REGION)],
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      }),
    );
    const resourceShareArn = resourceShare?.resourceShareArn;
    await ram.send(new AssociateResourceShareCommand({ resourceShareArn, principals: [account] }));
    return async () => {
      await ram.send(new DeleteResourceShareCommand({ resourceShareArn }));
    };
  }

  /** Changes the manifest by hand. Returns a function that deletes it. */
  async changeManifest(change: (text: string) => string): Promise<() => Promise<void>> {
    const key = await this.accessKeyOf(SHARED);
    const bucket = componentBucket({ accountId: SHARED, region: REGION });
    const names = await this.moto.objects(key, bucket);
    const manifests = names.filter((name) => name.startsWith(MANIFEST_PREFIX));
    // Terraform has deleted the others.
    expect(manifests).toHaveLength(1);
    const [name = ""] = manifests;
    const text = await this.moto.objectText(key, bucket, name);
    await this.moto.putObject(key, bucket, name, change(text));
    return () => this.moto.deleteObject(key, bucket, name);
  }

  private get configFile(): string {
    return join(this.folder, "factory.yaml");
  }

  /** The file with the trusted keys. */
  get keysFile(): string {
    return join(this.folder, "factory.keys.json");
  }

  /**
   * Runs `npx --no factory` and returns its exit code with what it prints.
   *
   * @param account the account of its credentials. @default - it has none
   */
  async factoryResult(
    account: string | undefined,
    ...args: string[]
  ): Promise<{ readonly exitCode: number; readonly output: string }> {
    const outcome = await this.factoryOutcome(this.configFile, account, args);
    return { exitCode: outcome.exitCode, output: outcome.stdout + outcome.stderr };
  }

  private async factoryOutcome(
    config: string,
    account: string | undefined,
    args: readonly string[],
  ): Promise<CommandOutcome> {
    const env = account === undefined ? {} : await this.deployment.environmentOf(account);
    const command = ["--no-warnings", "dist/factory.js", ...args, "--config", config];
    const { PATH = "" } = process.env;
    return new Promise((resolve) =>
      execFile(process.execPath, command, { env: { PATH, ...env } }, (error, stdout, stderr) =>
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr }),
      ),
    );
  }

  /** Runs `factory doctor --json` of another factory file. */
  doctor(file: Raw): Promise<CommandOutcome> {
    const config = join(this.folder, "doctor.yaml");
    writeFileSync(config, stringify(file));
    return this.factoryOutcome(config, SHARED, ["doctor", "--json"]);
  }

  /** Runs `npx --no factory` with the shared account's credentials. */
  factoryCommand(...args: string[]): Promise<string> {
    return this.factoryCommandIn({}, ...args);
  }

  private async factoryCommandIn(
    variables: Readonly<Record<string, string>>,
    ...args: string[]
  ): Promise<string> {
    const env = {
      PATH: process.env["PATH"] ?? "",
      ...(await this.deployment.environmentOf(SHARED)),
      ...variables,
    };
    const command = ["--no-warnings", "dist/factory.js", ...args, "--config", this.configFile];
    const { stdout } = await execute(process.execPath, command, { env });
    return stdout;
  }

  /**
   * Deletes the version lock file, and writes it again from what the accounts have. Returns what
   * the command prints.
   */
  async loseLockFile(): Promise<string> {
    const profiles = await Promise.all(
      Object.entries(ACCOUNTS).map(async ([name, account]) => {
        const credentials = Object.entries(await this.moto.credentialsOf(account));
        const lines = credentials.map(([key, value]) => `${key.toLowerCase()} = ${value}\n`);
        return `[${name}]\n${lines.join("")}`;
      }),
    );
    const file = join(this.folder, "credentials");
    writeFileSync(file, profiles.join(""));
    rmSync(join(this.folder, "factory.lock.json"));
    const names = Object.keys(ACCOUNTS).map((name) => `${name}=${name}`);
    const args = ["versions", "--from-aws", "--profiles", names.join(",")];
    const env = { AWS_SHARED_CREDENTIALS_FILE: file };
    return this.factoryCommandIn(env, ...args);
  }

  /**
   * Runs the commands below a heading of the operations page. `words` replaces names of its
   * example.
   */
  async runDocumented(
    heading: string,
    words: Readonly<Record<string, string>>,
    account = SHARED,
  ): Promise<string> {
    return runCommands(documented(heading, words), this.configFile, {
      ...(await this.deployment.environmentOf(account)),
      AWS_DEFAULT_REGION: REGION,
    });
  }

  /**
   * The build that a versionless ARN resolves to for an account, and whether the account can launch
   * it.
   */
  async resolve(account: string, arn = goldenArn("base")): Promise<[string, boolean] | undefined> {
    const region = arn.split(":")[3] ?? "";
    const viewer = await this.account(account, region);
    const build = await viewer.resolve(arn);
    return build && [build.arn, await viewer.canLaunch(this.amiOf(build.arn, region))];
  }

  async canLaunch(account: string, ami: string): Promise<boolean> {
    return (await this.account(account)).canLaunch(ami);
  }

  amiOf(build: string, region = REGION): string {
    const ami = this.local.builds.amiIn(build, region);
    if (ami === undefined) throw new Error(`${build} must have an AMI in ${region}`);
    return ami;
  }

  /** Whether the policy of a container's repository lets an account pull. */
  async canPull(account: string, container: string): Promise<boolean> {
    const repositoryName = `golden-image-factory/${container}`;
    const key = await this.accessKeyOf(SHARED);
    const { policyText } = await this.moto.ecr(key, REGION, "GetRepositoryPolicy", {
      repositoryName,
    });
    const role = principal(
      { account, organization: ORGANIZATION, units: [] },
      `arn:aws:iam::${account}:role/x`,
      ALLOW_ALL,
    );
    return evaluate({
      principal: role,
      resource: `arn:aws:ecr:${REGION}:${SHARED}:repository/${repositoryName}`,
      account: SHARED,
      policy: JSON.parse(String(policyText)),
    })("ecr:BatchGetImage");
  }

  /** The number of calls that changed shares or launch permissions. */
  countShareWrites(): number {
    const isWrite = /^(Associate|Disassociate|Modify)/;
    return this.local.emulator.calls.filter(({ operation }) => isWrite.test(operation)).length;
  }
}
