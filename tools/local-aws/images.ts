/**
 * Emulates the builds of EC2 Image Builder: their phases, and which accounts see them. "Assumed"
 * marks behaviour that no AWS document describes.
 */
import { randomUUID } from "node:crypto";
import { buildLogStream, imageLogGroup } from "../../contract/build-log";
import type { Amis } from "./amis";
import { AWS_IMAGES, awsImageName } from "./aws-images";
import type { Clock } from "./clock";
import type { Caller, Handler } from "./emulator";
import { type ImageBuilder, type ImageType, slug } from "./image-builder";
import { Fault, type Input, page } from "./rest-json";
import {
  BuildFailure,
  COMPONENTS,
  type FailedRun,
  failedRun,
  LAUNCH,
  listRuns,
  listSteps,
} from "./workflow-runs";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageState.html */
const PHASES = ["CREATING", "BUILDING", "TESTING", "DISTRIBUTING"];

interface Build {
  readonly arn: string;
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly pipelineArn: string;
  /** ARN of the image recipe or container recipe. */
  readonly recipeArn: string;
  /** ARNs of the recipe's components. */
  readonly components: readonly string[];
  readonly packages: readonly InstalledPackage[];
  readonly parent: string;
  createdAt: number;
  tags: Record<string, string>;
  status: string;
  reason?: string;
  /** @default - it didn't fail */
  failed?: FailedRun;
  amis: {
    readonly region: string;
    readonly image: string;
    readonly name: string;
    readonly accountId: string;
  }[];
  /** The repository of a container image. @default - it is a machine image */
  readonly repository?: string;
  imageUris: readonly string[];
}

/** A workflow step that waits for an action. */
interface WaitingStep {
  readonly id: string;
  readonly name: string;
  readonly workflow: string;
  readonly build: Build;
  readonly since: number;
  readonly resolve: (action: string) => void;
}

export interface ImagePeers {
  readonly configurations: ImageBuilder;
  readonly amis: Amis;
  /** The ARNs of the builds that other accounts share with the caller's account. */
  readonly sharedWith: (caller: Caller) => ReadonlySet<string>;
  /** Whether any share contains a build. */
  readonly isShared: (arn: string) => boolean;
  /**
   * Pushes an image to a repository of the account. Throws an `Error` if one of the tags exists.
   */
  readonly push: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
  /** Deletes a pushed image. */
  readonly deletePushed: (
    repository: string,
    tags: readonly string[],
    caller: Caller,
  ) => Promise<void>;
  /** Publishes a message to a topic, with the caller's permissions. */
  readonly publish: (topicArn: string, message: string, caller: Caller) => Promise<void>;
  /** Writes lines to a log stream. @default - builds write no logs */
  readonly writeLog?: WriteLog | undefined;
}

export type WriteLog = (
  group: string,
  stream: string,
  lines: readonly string[],
  caller: Caller,
) => Promise<void>;

/** A package in a build. */
export interface InstalledPackage {
  readonly packageName: string;
  readonly packageVersion: string;
}

export interface BuildDelays {
  /** How long each phase of a build takes, in milliseconds. */
  readonly phase: number;
  /** How long after its start lists don't contain a build, in milliseconds. */
  readonly listLag: number;
}

/** Statuses of builds that run. */
const RUNNING = new Set(["PENDING", ...PHASES]);

/** The packages in builds, unless a test changes them. */
const PACKAGES: readonly InstalledPackage[] = [{ packageName: "openssl", packageVersion: "3.2.2" }];

/** Assumed: the title of a finding begins with the vulnerability. */
const FINDING = {
  title: "CVE-2026-1234 - openssl",
  packageVulnerabilityDetails: { vulnerabilityId: "CVE-2026-1234" },
};

function typeOf({ repository }: Pick<Build, "repository">): ImageType {
  return repository === undefined ? "AMI" : "DOCKER";
}

/** Major, minor, patch and build number of an ARN. */
function versionNumbers(arn: string): number[] {
  return arn.split("/").slice(-2).join(".").split(".").map(Number);
}

function newestFirst({ arn }: Build, { arn: other }: Build): number {
  const numbers = versionNumbers(arn);
  for (const [index, otherNumber] of versionNumbers(other).entries()) {
    const difference = otherNumber - (numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The ARNs of the components of a recipe. */
function componentsOf({ components }: Input): string[] {
  const listed = (components ?? []) as readonly { readonly componentArn: string }[];
  return listed.map(({ componentArn }) => componentArn);
}

export class Images {
  private readonly builds = new Map<string, Build>();
  private readonly running = new Set<Promise<void>>();
  private readonly waiting: WaitingStep[] = [];
  /** ARNs of started builds, by account, Region and client token. */
  private readonly started = new Map<string, string>();
  /** Number of the last build of each image version, by its ARN. Assumed: numbers aren't reused. */
  private readonly numbers = new Map<string, number>();
  /** Names of images whose builds fail. */
  private readonly failing = new Set<string>();
  /** What the next builds of an image contain, by its name. */
  private readonly packages = new Map<string, readonly InstalledPackage[]>();

  constructor(
    private readonly peers: ImagePeers,
    private readonly delays: BuildDelays,
    private readonly clock: Clock,
  ) {}

  /** Waits until every build has ended, or waits for an action, and all messages are published. */
  async idle(): Promise<void> {
    while (this.running.size > this.waiting.length) await this.clock.sleep(10);
  }

  /** The ARNs of all builds. */
  arns(): string[] {
    return [...this.builds.keys()];
  }

  exists(arn: string): boolean {
    return this.builds.has(arn);
  }

  /** The ARN of the parent image that a build resolved. */
  parentOf(arn: string): string {
    return this.builds.get(arn)?.parent ?? "";
  }

  /** Makes the builds of an image fail from now on, or succeed again. */
  setFailing(name: string, isFailing: boolean): void {
    if (isFailing) this.failing.add(name);
    else this.failing.delete(name);
  }

  /** Changes the packages in the builds of an image that start from now on. */
  setPackages(name: string, packages: readonly InstalledPackage[]): void {
    this.packages.set(name, packages);
  }

  /** The tags of a build. */
  tagsOf(arn: string): Readonly<Record<string, string>> {
    return this.builds.get(arn)?.tags ?? {};
  }

  /** Makes a build older. */
  age(arn: string, hours: number): void {
    const build = this.builds.get(arn);
    if (build) build.createdAt -= hours * 3_600_000;
  }

  /** The AMI of a build in a Region. */
  amiIn(arn: string, region: string): string | undefined {
    return this.builds.get(arn)?.amis.find((ami) => ami.region === region)?.image;
  }

  private visibleTo(caller: Caller): Build[] {
    const shared = this.peers.sharedWith(caller);
    return [...this.builds.values()].filter(
      ({ arn, owner }) =>
        arn.split(":")[3] === caller.region && (owner === caller.account || shared.has(arn)),
    );
  }

  /**
   * "A version or wildcard ARN resolves to the latest matching build version that has reached
   * AVAILABLE status". Assumed: only builds that the account can see count. `x` stands for any
   * number.
   */
  private resolve(arn: string, caller: Caller): Build | undefined {
    const [prefix = "", nodes = ""] = arn.split(/(?<=:image\/[^/]+\/)/);
    const isBuildArn = nodes.includes("/");
    const version = nodes.replaceAll(".", "\\.").replaceAll("x", "\\d+");
    const pattern = new RegExp(`^${prefix}${version}${isBuildArn ? "" : "/\\d+"}$`);
    const candidates = this.visibleTo(caller).filter((build) => pattern.test(build.arn));
    return candidates
      .filter(({ status }) => isBuildArn || status === "AVAILABLE")
      .sort(newestFirst)[0];
  }

  /** Throws a {@link Fault} unless the ARN resolves to a build of the type. Assumed: the text. */
  assertExists(arn: string, type: ImageType, caller: Caller): void {
    const build = this.resolve(arn, caller);
    if (!build || typeOf(build) !== type)
      throw new Fault(
        "InvalidParameterValueException",
        `The parent image '${arn}' doesn't exist or you can't access it.`,
      );
  }

  /** Assumed: Image Builder never forgets a client token. */
  private start(input: Input, caller: Caller): object {
    const token = `${caller.account}/${caller.region}/${input["clientToken"]}`;
    const imageBuildVersionArn = this.started.get(token) ?? this.startNew(input, caller);
    this.started.set(token, imageBuildVersionArn);
    return { imageBuildVersionArn };
  }

  private startNew({ imagePipelineArn, tags = {} }: Input, caller: Caller): string {
    const { configurations } = this.peers;
    const pipeline = configurations.get(imagePipelineArn, caller);
    const {
      imageRecipeArn,
      containerRecipeArn,
      infrastructureConfigurationArn,
      distributionConfigurationArn,
    } = pipeline;
    const recipe = configurations.get(imageRecipeArn ?? containerRecipeArn, caller);
    const { repositoryName } = (recipe["targetRepository"] ?? {}) as {
      readonly repositoryName?: string;
    };
    const name = slug(String(recipe["name"]));
    const version = String(recipe["version"]);
    const prefix = `arn:aws:imagebuilder:${caller.region}:${caller.account}:image/${name}/${version}/`;
    const parentImage = String(recipe["parentImage"]);
    const number = (this.numbers.get(prefix) ?? 0) + 1;
    this.numbers.set(prefix, number);
    const build: Build = {
      arn: `${prefix}${number}`,
      name,
      version,
      owner: caller.account,
      pipelineArn: String(imagePipelineArn),
      recipeArn: String(imageRecipeArn ?? containerRecipeArn),
      components: componentsOf(recipe),
      packages: this.packages.get(name) ?? PACKAGES,
      parent: /:\d{12}:image\//.test(parentImage)
        ? (this.resolve(parentImage, caller)?.arn ?? "")
        : parentImage,
      createdAt: this.clock.now(),
      tags: tags as Record<string, string>,
      status: "PENDING",
      amis: [],
      imageUris: [],
      ...(repositoryName !== undefined && { repository: repositoryName }),
    };
    this.builds.set(build.arn, build);
    const topicArn = configurations.get(infrastructureConfigurationArn, caller)["snsTopicArn"];
    const distribution = distributionConfigurationArn
      ? configurations.get(distributionConfigurationArn, caller)
      : {};
    const run = this.run(build, distribution, caller)
      .then(() =>
        typeof topicArn === "string" ? this.publish(topicArn, build.arn, caller) : undefined,
      )
      .then(() => void this.running.delete(run));
    this.running.add(run);
    return build.arn;
  }

  /** Runs all phases. The build ends as AVAILABLE, or as FAILED with a reason. */
  private async run(build: Build, distribution: Input, caller: Caller): Promise<void> {
    try {
      for (const phase of PHASES) {
        build.status = phase;
        await this.clock.wait(this.delays.phase);
        if (!RUNNING.has(build.status)) return;
        if (phase === "BUILDING") {
          this.assertParentLaunchable(build, caller);
          await this.runComponents(build, caller);
        }
        if (phase === "TESTING") await this.runTestWorkflows(build, caller);
      }
      if (build.repository === undefined) this.registerAmis(build, distribution, caller);
      else await this.pushContainer(build, build.repository, caller);
      build.status = "AVAILABLE";
    } catch (error) {
      if (!(error instanceof BuildFailure)) throw error;
      const failed = failedRun(build.status, error, this.clock.now());
      Object.assign(build, { status: "FAILED", reason: error.message, failed });
    }
  }

  /**
   * A build launches its parent's AMI, for which it needs the launch permission. Assumed: the phase
   * in which it fails.
   */
  private assertParentLaunchable({ parent, repository }: Build, caller: Caller): void {
    if (parent === "") throw new BuildFailure("The parent image doesn't exist.", [LAUNCH]);
    const parentBuild = this.builds.get(parent);
    if (!parentBuild || repository !== undefined) return;
    const ami = parentBuild.amis.find(({ region }) => region === caller.region);
    if (!ami || !this.peers.amis.canLaunch(caller.account, ami.region, ami.image))
      throw new BuildFailure(`Not authorized for the AMI of ${parent}.`, [LAUNCH]);
  }

  /** Writes a line of log for each component. In a build that fails, the last one fails. */
  private async runComponents({ arn, name, components }: Build, caller: Caller): Promise<void> {
    const isFailing = this.failing.has(name);
    const lines = components.map((component, index) =>
      isFailing && index === components.length - 1
        ? `${component}: failed with exit status 1`
        : `${component}: completed`,
    );
    await this.peers.writeLog?.(imageLogGroup(name), buildLogStream(arn), lines, caller);
    if (isFailing) throw new BuildFailure("A component failed.", [LAUNCH, COMPONENTS]);
  }

  private async pushContainer(build: Build, repository: string, caller: Caller): Promise<void> {
    const { arn, name, version } = build;
    // Image Builder adds these tags "in addition to containerTags":
    // https://github.com/aws-samples/amazon-ec2-image-builder-samples, containers
    const versionTag = `${version}-${arn.split("/").at(-1)}`;
    const tags = [versionTag, `${name}-${versionTag}`];
    try {
      await this.peers.push(repository, tags, caller);
    } catch (error) {
      throw new BuildFailure((error as Error).message);
    }
    const host = `${caller.account}.dkr.ecr.${caller.region}.amazonaws.com`;
    build.imageUris = tags.map((tag) => `${host}/${repository}:${tag}`);
  }

  /**
   * Image Builder creates the AMI of its Region from an instance of the parent's AMI, and copies it
   * to the other Regions. So all of them inherit the watermarks of the parent.
   */
  private registerAmis(build: Build, distribution: Input, { account, region: home }: Caller): void {
    const { arn, name: imageName, parent } = build;
    const { distributions = [{ region: home }] } = distribution as {
      readonly distributions?: readonly { region: string; amiDistributionConfiguration?: Input }[];
    };
    const source = this.amiIn(parent, home);
    const variables = arn.replace(/.*image\//, "").replace(/[/.]/g, "-");
    build.amis = distributions.map(({ region, amiDistributionConfiguration = {} }) => {
      const { name: template = imageName, amiTags, description } = amiDistributionConfiguration;
      const name = String(template).replace(/\{\{.*?\}\}/g, variables);
      const tags = {
        ...(amiTags as object),
        CreatedBy: "EC2 Image Builder",
        Ec2ImageBuilderArn: arn,
      };
      const image = this.peers.amis.register(account, region, name, tags, {
        source,
        description: String(description ?? ""),
      });
      return { region, image, name, accountId: account };
    });
  }

  /** Runs the steps of the pipeline's test workflows that wait for an action, and no others. */
  private async runTestWorkflows(build: Build, caller: Caller): Promise<void> {
    const steps = this.peers.configurations.testSteps(build.pipelineArn, caller);
    for (const { step, parameters, workflow } of steps) {
      if (step.action !== "WaitForAction") continue;
      const id = `step-${randomUUID()}`;
      const answered = new Promise<string>((resolve) => {
        this.waiting.push({ id, name: step.name, workflow, build, since: Date.now(), resolve });
      });
      const [, parameter = ""] =
        /^\$\.parameters\.(\w+)$/.exec(String(step.inputs?.["snsTopicArn.$"])) ?? [];
      const topicArn = parameters[parameter] ?? step.inputs?.["snsTopicArn"];
      // Assumed: the names of all members except customPayload.
      const message = JSON.stringify({
        imageArn: build.arn,
        workflowStepExecutionId: id,
        customPayload: step.inputs?.["payload"],
      });
      if (typeof topicArn === "string") await this.peers.publish(topicArn, message, caller);
      if ((await answered) === "STOP")
        throw new BuildFailure(`Workflow step ${step.name} failed.`, [step]);
    }
  }

  private answer(
    { stepExecutionId: id, imageBuildVersionArn: arn, action }: Input,
    caller: Caller,
  ): object {
    const index = this.waiting.findIndex(
      (one) => one.id === id && one.build.arn === arn && one.build.owner === caller.account,
    );
    const [step] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (!step)
      throw new Fault(
        "ResourceNotFoundException",
        `The step '${id}' isn't waiting for an action.`,
        404,
      );
    step.resolve(String(action));
    return { stepExecutionId: id, imageBuildVersionArn: arn };
  }

  /**
   * As recorded from Image Builder: without attributes, and with a `semver` beyond JavaScript's
   * integers.
   */
  private async publish(topicArn: string, arn: string, caller: Caller): Promise<void> {
    const build = this.builds.get(arn);
    if (!build) return;
    const { name, version, status, reason } = build;
    const [versionless = ""] = arn.split(`/${version}/`);
    const message = {
      versionlessArn: versionless,
      semver: "SEMVER",
      arn,
      name,
      version,
      type: typeOf(build),
      buildVersion: Number(arn.split("/").at(-1)),
      state: { status, ...(reason && { reason }) },
      platform: "Linux",
      sourcePipelineArn: build.pipelineArn,
      outputResources: this.output(build),
      accountId: build.owner,
    };
    const semver = [...version.split("."), arn.split("/").at(-1) ?? "0"].reduce(
      (sum, part) => (sum << 30n) + BigInt(part),
      0n,
    );
    await this.peers.publish(
      topicArn,
      JSON.stringify(message, null, 2).replace('"SEMVER"', String(semver)),
      caller,
    );
  }

  /** For a container no message was recorded: the members are those of the API. */
  private output({ amis, repository, imageUris, arn }: Build): object {
    if (repository === undefined) return { amis };
    return { containers: imageUris.length > 0 ? [{ region: arn.split(":")[3], imageUris }] : [] };
  }

  private image(build: Build): object {
    const {
      arn,
      name,
      version,
      owner,
      createdAt,
      tags,
      status,
      reason,
      pipelineArn,
      recipeArn,
      components,
      parent,
      repository,
    } = build;
    const recipe = {
      arn: recipeArn,
      components: components.map((componentArn) => ({ componentArn })),
      parentImage: parent,
    };
    return {
      arn,
      name,
      version: `${version}/${arn.split("/").at(-1)}`,
      type: typeOf(build),
      platform: "Linux",
      owner,
      state: { status, ...(reason && { reason }) },
      dateCreated: new Date(createdAt).toISOString(),
      outputResources: this.output(build),
      sourcePipelineArn: pipelineArn,
      [repository === undefined ? "imageRecipe" : "containerRecipe"]: recipe,
      tags,
    };
  }

  private listed(caller: Caller): Build[] {
    // A build "can take up to two minutes to appear".
    return this.visibleTo(caller).filter(
      ({ createdAt }) => this.clock.now() >= createdAt + this.delays.listLag,
    );
  }

  private list(input: Input, caller: Caller): object {
    const {
      owner = "Self",
      filters = [],
      includeDeprecated,
    } = input as {
      readonly owner?: string;
      readonly filters?: readonly { readonly name: string; readonly values: readonly string[] }[];
      readonly includeDeprecated?: boolean;
    };
    if (owner === "Amazon") {
      const arns = AWS_IMAGES.map(
        ({ name }) => `arn:aws:imagebuilder:${caller.region}:aws:image/${name}/x.x.x`,
      );
      const { items, ...token } = page(
        arns.map((arn) => ({ arn })),
        input,
        25,
      );
      return { imageVersionList: items, ...token };
    }
    const unknown = filters.filter(({ name }) => name !== "name");
    if (unknown.length > 0 || !["Self", "Shared"].includes(owner))
      throw new Fault(
        "NotImplementedException",
        `ListImages of ${owner} by ${JSON.stringify(unknown)} is not emulated`,
        501,
      );
    const versions = new Map<string, object>();
    for (const build of this.listed(caller)) {
      if ((build.owner === caller.account) !== (owner === "Self")) continue;
      if (!filters.every(({ values }) => values.includes(build.name))) continue;
      if (build.status === "DEPRECATED" && !includeDeprecated) continue;
      const arn = build.arn.replace(/\/\d+$/, "");
      versions.set(arn, {
        arn,
        name: build.name,
        type: typeOf(build),
        version: build.version,
        platform: "Linux",
        owner: build.owner,
      });
    }
    const { items, ...token } = page([...versions.values()], input, 25);
    return { imageVersionList: items, ...token };
  }

  private findOwned(arn: unknown, { account }: Caller): Build {
    const build = this.builds.get(String(arn));
    if (build?.owner !== account)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return build;
  }

  /** Handles a tag operation for a build; {@link ImageBuilder} handles it for other resources. */
  private buildOrOther(
    operation: string,
    handler: (build: Build, input: Input) => object,
  ): Handler {
    return (input, caller) => {
      const { resourceArn } = input;
      if (!/:image\//.test(String(resourceArn))) {
        const other = this.peers.configurations.handlers[operation];
        if (!other) throw new Fault("NotImplementedException", `${operation} is not emulated`, 501);
        return other(input, caller);
      }
      return handler(this.findOwned(resourceArn, caller), input);
    };
  }

  private get({ imageBuildVersionArn: arn }: Input, caller: Caller): object {
    const name = awsImageName(String(arn));
    if (name !== undefined) {
      const { region } = caller;
      const image = this.peers.amis.ofAws(name, region);
      return { image: { arn, name, outputResources: { amis: [{ region, image }] } } };
    }
    const build = this.resolve(String(arn), caller);
    // Assumed: the error is the same for a missing build and for one that isn't shared.
    if (!build)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return { image: this.image(build) };
  }

  private listBuilds(input: Input, caller: Caller): object {
    const builds = this.listed(caller).filter(({ arn }) =>
      arn.startsWith(`${input["imageVersionArn"]}/`),
    );
    const images = builds.map((build) => this.image(build));
    const { items, ...token } = page(images, input, 25);
    return { imageSummaryList: items, ...token };
  }

  /** Summaries name no parent. */
  private listOfPipeline(input: Input, caller: Caller): object {
    const { imagePipelineArn } = input;
    this.peers.configurations.get(imagePipelineArn, caller);
    const builds = this.listed(caller).filter(
      ({ owner, pipelineArn }) => owner === caller.account && pipelineArn === imagePipelineArn,
    );
    const summaries = builds.map((build) => {
      const { imageRecipe: _, containerRecipe: __, ...summary } = this.image(build) as Input;
      return summary;
    });
    const { items, ...token } = page(summaries, input, 25);
    return { imageSummaryList: items, ...token };
  }

  /** "Owners cannot delete a shared resource until it is no longer shared." */
  private assertNotShared({ arn }: Build): void {
    if (this.peers.isShared(arn))
      throw new Fault(
        "ResourceDependencyException",
        `Resource '${arn}' has other resources depended on it.`,
      );
  }

  private delete({ imageBuildVersionArn: arn }: Input, caller: Caller): object {
    const build = this.findOwned(arn, caller);
    this.assertNotShared(build);
    this.builds.delete(build.arn);
    return { imageBuildVersionArn: arn };
  }

  /** Assumed: the build is CANCELLED at once. */
  private cancel({ imageBuildVersionArn: arn }: Input, caller: Caller): object {
    const build = this.findOwned(arn, caller);
    if (!RUNNING.has(build.status))
      throw new Fault("InvalidRequestException", `The image '${arn}' is ${build.status}.`);
    build.status = "CANCELLED";
    return { imageBuildVersionArn: arn };
  }

  private listWorkflows({ imageBuildVersionArn: arn, ...input }: Input, caller: Caller): object {
    return listRuns(this.findOwned(arn, caller).failed, input);
  }

  private listSteps(input: Input, { account, region }: Caller): object {
    const build = [...this.builds.values()].find(
      ({ arn, owner, failed }) =>
        failed?.id === input["workflowExecutionId"] &&
        owner === account &&
        arn.split(":")[3] === region,
    );
    return listSteps(build?.failed, input);
  }

  /** Assumed: Image Builder lists packages as soon as a build is AVAILABLE. */
  private listPackages({ imageBuildVersionArn: arn, ...input }: Input, caller: Caller): object {
    const { status, packages } = this.findOwned(arn, caller);
    const { items, ...token } = page(status === "AVAILABLE" ? packages : [], input, 25);
    return { imagePackageList: items, ...token };
  }

  private listWaitingSteps(input: Input, caller: Caller): object {
    const steps = this.waiting
      .filter(
        ({ build }) => build.owner === caller.account && build.arn.split(":")[3] === caller.region,
      )
      .map(({ id, name, workflow, build, since }) => ({
        stepExecutionId: id,
        imageBuildVersionArn: build.arn,
        workflowBuildVersionArn: workflow,
        name,
        action: "WaitForAction",
        startTime: new Date(since).toISOString(),
      }));
    const { items, ...token } = page(steps, input, 25);
    return { steps: items, ...token };
  }

  /** Assumed: the update is immediate. */
  private async updateState(
    { resourceArn, state, includeResources }: Input,
    caller: Caller,
  ): Promise<object> {
    const build = this.findOwned(resourceArn, caller);
    const status = String((state as Input)["status"]);
    if (build.repository !== undefined) {
      if (status !== "DELETED")
        throw new Fault(
          "InvalidRequestException",
          "For container-based images, only DELETED is supported.",
        );
      this.assertNotShared(build);
      const tags = build.imageUris.map((uri) => uri.split(":").at(-1) ?? "");
      await this.peers.deletePushed(build.repository, tags, caller);
      build.imageUris = [];
    }
    build.status = status;
    const includesAmis = (includeResources as Input | undefined)?.["amis"] === true;
    if (includesAmis)
      for (const { region, image } of build.amis) this.peers.amis.setState(region, image, status);
    return { lifecycleExecutionId: "lce-00000000-0000-0000-0000-000000000000", resourceArn };
  }

  get handlers(): Readonly<Record<string, Handler>> {
    return {
      StartImagePipelineExecution: (input, caller) => this.start(input, caller),
      GetImage: (input, caller) => this.get(input, caller),
      ListImagePipelineImages: (input, caller) => this.listOfPipeline(input, caller),
      ListImages: (input, caller) => this.list(input, caller),
      ListImageBuildVersions: (input, caller) => this.listBuilds(input, caller),
      DeleteImage: (input, caller) => this.delete(input, caller),
      CancelImageCreation: (input, caller) => this.cancel(input, caller),
      ListWorkflowExecutions: (input, caller) => this.listWorkflows(input, caller),
      ListWorkflowStepExecutions: (input, caller) => this.listSteps(input, caller),
      ListImagePackages: (input, caller) => this.listPackages(input, caller),
      ListImageScanFindings: (input) => {
        const { items, ...token } = page([FINDING], input, 25);
        return { findings: items, ...token };
      },
      ListWaitingWorkflowSteps: (input, caller) => this.listWaitingSteps(input, caller),
      SendWorkflowStepAction: (input, caller) => this.answer(input, caller),
      StartResourceStateUpdate: (input, caller) => this.updateState(input, caller),
      ListTagsForResource: this.buildOrOther("ListTagsForResource", ({ tags }) => ({ tags })),
      TagResource: this.buildOrOther("TagResource", (build, { tags }) => {
        build.tags = { ...build.tags, ...(tags as Record<string, string>) };
        return {};
      }),
      UntagResource: this.buildOrOther("UntagResource", (build, { tagKeys }) => {
        const tags = Object.entries(build.tags).filter(
          ([key]) => !(tagKeys as string[]).includes(key),
        );
        build.tags = Object.fromEntries(tags);
        return {};
      }),
    };
  }
}
