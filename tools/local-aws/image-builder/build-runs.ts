/**
 * Emulates how EC2 Image Builder builds images: the phases of a build, and what it creates.
 * "Assumed" marks behaviour that no AWS document describes.
 */
import { buildLogStream, imageLogGroup } from "../../../contract/build-log";
import type { Clock } from "../clock";
import type { Amis } from "../ec2/amis";
import type { Caller } from "../protocol/emulator";
import type { Input } from "../protocol/rest-json";
import { type Build, type InstalledPackage, messageOf } from "./build";
import type { Builds } from "./builds";
import type { ImageBuilder } from "./image-builder";
import { slug } from "./resources";
import { scheduledStart } from "./schedule";
import type { Publish, WaitingSteps } from "./waiting-steps";
import { BuildFailure, COMPONENTS, failedRun, LAUNCH } from "./workflow-runs";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageState.html */
const PHASES = ["CREATING", "BUILDING", "TESTING", "DISTRIBUTING"];

export function isRunning({ status }: Build): boolean {
  return status === "PENDING" || PHASES.includes(status);
}

/** The packages in builds, unless a test changes them. */
const PACKAGES: readonly InstalledPackage[] = [{ packageName: "openssl", packageVersion: "3.2.2" }];

export interface RunPeers {
  readonly configurations: ImageBuilder;
  readonly amis: Amis;
  readonly builds: Builds;
  readonly waitingSteps: WaitingSteps;
  /**
   * Pushes an image to a repository of the account. Throws an `Error` if one of the tags exists.
   */
  readonly push: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
  readonly publish: Publish;
  /** Writes lines to a log stream. @default - builds write no logs */
  readonly writeLog?: WriteLog | undefined;
}

export type WriteLog = (
  group: string,
  stream: string,
  lines: readonly string[],
  caller: Caller,
) => Promise<void>;

/** The ARNs of the components of a recipe. */
function componentsOf({ components }: Input): string[] {
  const listed = (components ?? []) as readonly { readonly componentArn: string }[];
  return listed.map(({ componentArn }) => componentArn);
}

export class BuildRuns {
  private readonly running = new Set<Promise<void>>();
  /** ARNs of started builds, by account, Region and client token. */
  private readonly started = new Map<string, string>();
  /** Number of the last build of each image version, by its ARN. Assumed: numbers aren't reused. */
  private readonly numbers = new Map<string, number>();
  /** ARNs of pipelines whose schedule has started a build, or had no reason to. */
  private readonly evaluated = new Set<string>();
  /** Names of images whose builds fail. */
  private readonly failing = new Set<string>();
  /** Packages of the next builds of an image, by its name. */
  private readonly packages = new Map<string, readonly InstalledPackage[]>();

  /** @param phase how long each phase of a build takes, in milliseconds */
  constructor(
    private readonly peers: RunPeers,
    private readonly phase: number,
    private readonly clock: Clock,
  ) {}

  /** Waits until every build has ended, or waits for an action, and all messages are published. */
  async idle(): Promise<void> {
    while (this.running.size > this.peers.waitingSteps.count) await this.clock.sleep(10);
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

  /** Answers StartImagePipelineExecution. Assumed: Image Builder never forgets a client token. */
  start(input: Input, caller: Caller): object {
    const token = `${caller.account}/${caller.region}/${input["clientToken"]}`;
    const imageBuildVersionArn = this.started.get(token) ?? this.startNew(input, caller);
    this.started.set(token, imageBuildVersionArn);
    return { imageBuildVersionArn };
  }

  /** Starts the build that the schedule of a pipeline should have started by now. */
  runSchedule(imagePipelineArn: string, caller: Caller): void {
    const scheduled = scheduledStart(this.peers.configurations.get(imagePipelineArn, caller));
    if (scheduled === undefined || this.clock.now() < scheduled.at) return;
    if (this.evaluated.has(imagePipelineArn)) return;
    this.evaluated.add(imagePipelineArn);
    if (scheduled.onlyOnUpdates && !this.hasUpdate(imagePipelineArn, caller)) return;
    this.startNew({ imagePipelineArn }, caller);
  }

  /**
   * Whether the parent of a pipeline's last build has a newer version. Assumed: a newer build of
   * the same version is no update.
   */
  private hasUpdate(imagePipelineArn: string, caller: Caller): boolean {
    const { configurations, builds } = this.peers;
    const last = builds.lastOf(imagePipelineArn);
    if (last === undefined) return true;
    const { imageRecipeArn, containerRecipeArn } = configurations.get(imagePipelineArn, caller);
    const { parentImage } = configurations.get(imageRecipeArn ?? containerRecipeArn, caller);
    const parent = builds.resolve(String(parentImage), caller)?.arn ?? last.parent;
    const versionOf = (arn: string): string => arn.replace(/\/\d+$/, "");
    return versionOf(parent) !== versionOf(last.parent);
  }

  private startNew({ imagePipelineArn, tags = {} }: Input, caller: Caller): string {
    const { configurations, builds } = this.peers;
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
        ? (builds.resolve(parentImage, caller)?.arn ?? "")
        : parentImage,
      createdAt: this.clock.now(),
      tags: tags as Record<string, string>,
      status: "PENDING",
      amis: [],
      imageUris: [],
      ...(repositoryName !== undefined && { repository: repositoryName }),
    };
    builds.add(build);
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
        await this.clock.wait(this.phase);
        if (!isRunning(build)) return;
        if (phase === "BUILDING") {
          this.assertParentLaunchable(build, caller);
          await this.runComponents(build, caller);
        }
        if (phase === "TESTING") await this.peers.waitingSteps.runTestWorkflows(build, caller);
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
    const parentBuild = this.peers.builds.find(parent);
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
    const source = this.peers.builds.amiIn(parent, home);
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

  /** As recorded from Image Builder, a message has no attributes. */
  private async publish(topicArn: string, arn: string, caller: Caller): Promise<void> {
    const build = this.peers.builds.find(arn);
    if (build) await this.peers.publish(topicArn, messageOf(build), caller);
  }
}
