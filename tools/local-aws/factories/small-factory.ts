/** A small factory on the local AWS, created by API calls instead of Terraform. */
import { resolve } from "node:path";
import { UpdateImagePipelineCommand } from "@aws-sdk/client-imagebuilder";
import { AssociateResourceShareCommand, CreateResourceShareCommand } from "@aws-sdk/client-ram";
import { imageArn, imagePermissionArn, topicArn } from "../../../config/aws/arns";
import { shareName, TOPIC_NAME } from "../../../config/names";
import { renderFunctionEnvironment } from "../../../contract/function-environment";
import { type ManifestChannel, manifestKey } from "../../../contract/manifest";
import { rebuilderManifestKey } from "../../../contract/rebuilder-manifest";
import { renderShareTags } from "../../../contract/share-tags";
import { renderEnvironment } from "../../../contract/updater-environment";
import type { RunResult } from "../../../lambda/share-updater/reconcile";
import { Account } from "../account";
import type { Clock } from "../clock";
import { FunctionProcesses, type Invocation } from "../functions/function";
import { createUpdater, type Updater } from "../functions/updater";
import { LocalAws, type LocalAwsProps } from "../local-aws";
import { kms } from "../services/kms";
import { lambda } from "../services/lambda";
import { type OrganizationSettings, organizations } from "../services/organizations";
import { s3 } from "../services/s3";
import { sqs } from "../services/sqs";
import { sts } from "../services/sts";
import type { Host } from "./host";
import {
  type AccountName,
  AUDIENCES,
  IDS,
  ORGANIZATION,
  REGION,
  SHARED,
  UNIT,
} from "./small-factory-accounts";
import { SmallFactoryManifests } from "./small-factory-manifests";
import {
  createContainerPipeline,
  createPipeline,
  createRecipe,
  type PipelineArns,
} from "./small-factory-pipelines";

/** A message about a build that doesn't exist. */
export const FORGED = JSON.stringify({
  arn: imageArn(SHARED, "base", "9.9.9/1"),
  state: { status: "AVAILABLE" },
});

/** The event that the queue invokes the updater with, for several messages at once. */
export function delivered(...messages: string[]): object {
  return { Records: messages.map((body) => ({ eventSource: "aws:sqs", body })) };
}

/** A channel without its share and audience. */
export type ChannelSettings = Omit<ManifestChannel, "share" | "audience"> & {
  readonly name: string;
};

/** Where a pipeline builds. */
interface PipelinePlace {
  /** @default eu-west-1 */
  readonly region?: string;
  /** Regions that get copies of the AMIs. @default - none */
  readonly copies?: readonly string[];
}

interface SmallFactoryProps extends Pick<LocalAwsProps, "clock" | "recordsChanges" | "services"> {
  /** @default - the factory has its own server and processes */
  readonly host?: Host;
}

export class SmallFactory {
  /** The manifests that the updater and the rebuilders follow. */
  readonly manifests = new SmallFactoryManifests();
  private readonly functions: FunctionProcesses;
  /** Messages that the updater sent to its queue, and that weren't delivered yet. */
  private readonly queued: string[] = [];
  /** The clients of each account and Region. */
  private readonly accounts = new Map<string, Account>();
  /** The updaters that run in this process, by environment. */
  private readonly updaters = new Map<string, Updater>();
  /** Pipelines, by Region and image. */
  private readonly pipelines = new Map<string, PipelineArns>();

  private constructor(
    readonly aws: LocalAws,
    private readonly messages: string[],
    /** Pushed images, as `repository:tag`. */
    readonly pushed: ReadonlySet<string>,
    readonly organization: OrganizationSettings,
    /** @default - the time of the system */
    private readonly clock: Clock | undefined,
    private readonly host: Host | undefined,
  ) {
    this.functions = host?.functions ?? new FunctionProcesses();
  }

  /**
   * The caller must stop it.
   *
   * With a clock, the updater runs in this process from its sources, because another process would
   * have the time of the system.
   */
  static async start(
    delays: LocalAwsProps["delays"],
    { services = [], host, ...more }: SmallFactoryProps = {},
  ): Promise<SmallFactory> {
    const messages: string[] = [];
    const pushed = new Set<string>();
    const settings = {
      managementAccountId: ORGANIZATION.managementAccountId,
      administrators: new Set([ORGANIZATION.managementAccountId]),
      trustedServices: new Set(["ram.amazonaws.com"]),
    };
    const organization = {
      id: ORGANIZATION.id,
      units: { [IDS.payments]: [UNIT], [IDS.orders]: [], [IDS.shared]: [] },
    };
    const aws = await LocalAws.start({
      organization,
      // Here the access key of an account is its id.
      accountOf: async (key) => key,
      publish: async (_topic, message) => void messages.push(message),
      registry: {
        hasRepository: async () => true,
        push: async (repository, tags) =>
          tags.forEach((tag) => void pushed.add(`${repository}:${tag}`)),
        deletePushed: async (repository, tags) =>
          tags.forEach((tag) => void pushed.delete(`${repository}:${tag}`)),
      },
      services: [
        sts,
        kms,
        ...services,
        organizations(organization, settings),
        lambda(
          (event, region) => factory.update(event, region),
          (region) => factory.updaterEnvironment(region),
        ),
        s3(() => factory.manifests.byKey),
        sqs((body) => void factory.queued.push(body)),
      ],
      ...(delays && { delays }),
      ...(host && { server: host.server }),
      ...more,
    });
    const factory = new SmallFactory(aws, messages, pushed, settings, more.clock, host);
    return factory;
  }

  stop(): void {
    if (!this.host) this.functions.stop();
    this.aws.stop();
  }

  /** Invokes a bundled function. */
  private invoke<Result>(
    name: string,
    environment: Readonly<Record<string, string>>,
    event: unknown,
  ): Promise<Invocation<Result>> {
    return this.functions.invoke(resolve(`dist/${name}/index.mjs`), environment, event);
  }

  as(name: AccountName, region = REGION): Account {
    const known = this.accounts.get(`${name}/${region}`);
    if (known) return known;
    const account = new Account({
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: IDS[name],
      AWS_SECRET_ACCESS_KEY: "x",
      ...this.aws.emulator.environment,
    });
    this.accounts.set(`${name}/${region}`, account);
    return account;
  }

  /**
   * Creates the recipe of an image, and the first time its infrastructure, distribution and
   * pipeline. Later calls update the pipeline. Returns the pipeline's ARN.
   */
  async pipeline(
    owner: AccountName,
    name: string,
    recipeVersion: string,
    parentImage: string,
    { region = REGION, copies = [] }: PipelinePlace = {},
  ): Promise<string> {
    const { imageBuilder } = this.as(owner, region);
    const imageRecipeArn = await createRecipe(
      imageBuilder,
      region,
      name,
      recipeVersion,
      parentImage,
    );
    const existing = this.pipelines.get(`${region}/${name}`);
    if (existing) {
      await imageBuilder.send(new UpdateImagePipelineCommand({ ...existing, imageRecipeArn }));
      return existing.imagePipelineArn;
    }
    const topic = owner === "shared" ? topicArn({ ...SHARED, region }, TOPIC_NAME) : undefined;
    const regions = [region, ...copies];
    const created = await createPipeline(imageBuilder, name, imageRecipeArn, regions, topic);
    this.pipelines.set(`${region}/${name}`, created);
    return created.imagePipelineArn;
  }

  /** Creates a container with a pipeline. See {@link createContainerPipeline}. */
  containerPipeline(name: string, testWorkflow: string): Promise<string> {
    return createContainerPipeline(this.as("shared").imageBuilder, name, testWorkflow);
  }

  /**
   * Creates the share of a channel, for the account payments, its OU or the organization, and adds
   * the channel to the manifest.
   */
  async share(
    audience: keyof typeof AUDIENCES,
    { name, ...settings }: ChannelSettings,
    image = "base",
    region = REGION,
  ): Promise<void> {
    const { ram } = this.as("shared", region);
    const tags = renderShareTags({ image, channel: name, ...settings });
    const { resourceShare } = await ram.send(
      new CreateResourceShareCommand({
        name: shareName(image, name),
        permissionArns: [imagePermissionArn(region)],
        allowExternalPrincipals: false,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      }),
    );
    const { resourceShareArn: share = "" } = resourceShare ?? {};
    await ram.send(
      new AssociateResourceShareCommand({
        resourceShareArn: share,
        principals: [...AUDIENCES[audience]],
      }),
    );
    this.manifests.setChannel(region, image, name, { ...settings, share, audience });
  }

  /** Runs a pipeline until its build ends. Returns the build's ARN and the message about it. */
  async build(
    owner: "shared" | "payments",
    pipelineArn: string,
  ): Promise<{ arn: string; message: string }> {
    const arn = await this.as(owner, pipelineArn.split(":")[3]).build(pipelineArn);
    await this.aws.runs.idle();
    return { arn, message: this.messages.at(-1) ?? "" };
  }

  private updaterEnvironment(region: string): Record<string, string> {
    const { environment } = this.as("shared", region);
    return {
      ...environment,
      ...renderEnvironment({
        home: { accountId: IDS.shared, region, partition: "aws" },
        manifest: { bucket: "components", key: manifestKey(this.manifests.ofUpdater(region)) },
        queueUrl: `${environment["AWS_ENDPOINT_URL_SQS"]}/queue`,
      }),
    };
  }

  /** Runs the bundled rebuilder of an account, and waits until its builds end. */
  async rebuild(owner: AccountName): Promise<Invocation<undefined>> {
    const key = rebuilderManifestKey(this.manifests.ofRebuilder(owner));
    const environment = {
      ...this.as(owner).environment,
      ...renderFunctionEnvironment({
        home: { accountId: IDS[owner], region: REGION, partition: "aws" },
        manifest: { bucket: "components", key },
      }),
    };
    const run = await this.invoke<undefined>("rebuilder", environment, {});
    await this.aws.runs.idle();
    return run;
  }

  /** Runs the updater. */
  update(event: unknown, region = REGION): Promise<Invocation<RunResult>> {
    const environment = this.updaterEnvironment(region);
    if (!this.clock) return this.invoke("share-updater", environment, event);
    const key = JSON.stringify(environment);
    const updater = this.updaters.get(key) ?? createUpdater(environment, this.clock);
    this.updaters.set(key, updater);
    return updater(event);
  }

  /** Runs the updater for all images, as its schedule does: it processes its messages. */
  async updateAll(full = false): Promise<Invocation<RunResult>[]> {
    return [await this.update(full ? { full } : {}), ...(await this.deliverQueued())];
  }

  /** Delivers the messages that the updater has sent to its queue. */
  async deliverQueued(region = REGION): Promise<Invocation<RunResult>[]> {
    const runs: Invocation<RunResult>[] = [];
    for (const body of this.queued.splice(0)) runs.push(await this.update(delivered(body), region));
    return runs;
  }
}
