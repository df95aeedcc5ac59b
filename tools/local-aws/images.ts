/**
 * The builds of EC2 Image Builder: how they come to be, and who sees which. Marked `assumed`: behaviour that no AWS document backs.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Amis } from "./amis";
import type { Caller, Handler } from "./emulator";
import { type ImageBuilder, type ImageType, slug } from "./image-builder";
import { Fault, type Input, page } from "./rest-json";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageState.html */
const PHASES = ["CREATING", "BUILDING", "TESTING", "DISTRIBUTING"];

interface Build {
  readonly arn: string;
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly pipelineArn: string;
  readonly parent: string;
  readonly createdAt: number;
  tags: Record<string, string>;
  status: string;
  reason?: string;
  amis: {
    readonly region: string;
    readonly image: string;
    readonly name: string;
    readonly accountId: string;
  }[];
  /** Of a container image: its repository, and what was pushed. @default - it is a machine image */
  readonly repository?: string;
  imageUris: readonly string[];
}

/** A step that waits for an answer. */
interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly workflow: string;
  readonly build: Build;
  readonly since: number;
  readonly answer: (action: string) => void;
}

export interface Neighbours {
  readonly configurations: ImageBuilder;
  readonly amis: Amis;
  /** The ARNs of the builds that other accounts share with this one. */
  readonly sharedWith: (caller: Caller) => ReadonlySet<string>;
  /** Whether a build is in any share. */
  readonly isShared: (arn: string) => boolean;
  /** Pushes an image with its tags to a repository of the account; throws where one is taken. */
  readonly push: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
  /** Deletes what was pushed. */
  readonly unpush: (repository: string, tags: readonly string[], caller: Caller) => Promise<void>;
  /** Sends a message to a topic, in its owner's name. */
  readonly publish: (topicArn: string, message: string, caller: Caller) => Promise<void>;
}

export interface Pace {
  /** How long each phase of a build takes, in milliseconds. */
  readonly phase: number;
  /** How long lists don't show a build that is AVAILABLE, in milliseconds. */
  readonly listLag: number;
}

function typeOf({ repository }: Pick<Build, "repository">): ImageType {
  return repository === undefined ? "AMI" : "DOCKER";
}

/** By the numbers of an ARN, newest first. */
function newestFirst({ arn: one }: Build, { arn: other }: Build): number {
  const [a = [], b = []] = [one, other].map((arn) =>
    arn.split("/").slice(-2).join(".").split(".").map(Number),
  );
  return a.map((part, index) => (b[index] ?? 0) - part).find((difference) => difference !== 0) ?? 0;
}

export class Images {
  private readonly builds = new Map<string, Build>();
  private readonly running = new Set<Promise<void>>();
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly neighbours: Neighbours,
    private readonly pace: Pace,
  ) {}

  /** Waits until nothing builds any more but what waits for an answer, and every message is sent. */
  async idle(): Promise<void> {
    while (this.running.size > this.waiting.length) await delay(10);
  }

  /** The ARNs of all builds that there are. */
  arns(): string[] {
    return [...this.builds.keys()];
  }

  exists(arn: string): boolean {
    return this.builds.has(arn);
  }

  /** The ARN of the build that a build is on. */
  parentOf(arn: string): string {
    return this.builds.get(arn)?.parent ?? "";
  }

  /** Lets time pass for a build: it is older by so many hours. */
  age(arn: string, hours: number): void {
    const build = this.builds.get(arn);
    if (build) this.builds.set(arn, { ...build, createdAt: build.createdAt - hours * 3_600_000 });
  }

  /** The AMI of a build in a Region. */
  amiIn(arn: string, region: string): string | undefined {
    return this.builds.get(arn)?.amis.find((ami) => ami.region === region)?.image;
  }

  private visibleTo(caller: Caller): Build[] {
    const shared = this.neighbours.sharedWith(caller);
    return [...this.builds.values()].filter(
      ({ arn, owner }) =>
        arn.split(":")[3] === caller.region && (owner === caller.account || shared.has(arn)),
    );
  }

  /**
   * "A version or wildcard ARN resolves to the latest matching build version that has reached AVAILABLE status", of those that the
   * account can see (assumed). `x` stands for all nodes from some on.
   */
  private resolve(arn: string, caller: Caller): Build | undefined {
    const [prefix = "", nodes = ""] = arn.split(/(?<=:image\/[^/]+\/)/);
    const isWhole = nodes.includes("/");
    const version = nodes.replaceAll(".", "\\.").replaceAll("x", "\\d+");
    const pattern = new RegExp(`^${prefix}${version}${isWhole ? "" : "/\\d+"}$`);
    const candidates = this.visibleTo(caller).filter((build) => pattern.test(build.arn));
    return candidates
      .filter(({ status }) => isWhole || status === "AVAILABLE")
      .sort(newestFirst)[0];
  }

  /** Throws a {@link Fault}, whose text is assumed, unless the account can see a build of the type that the ARN resolves to. */
  mustResolve(arn: string, type: ImageType, caller: Caller): void {
    const build = this.resolve(arn, caller);
    if (!build || typeOf(build) !== type)
      throw new Fault(
        "InvalidParameterValueException",
        `The parent image '${arn}' doesn't exist or you can't access it.`,
      );
  }

  private start({ imagePipelineArn }: Input, caller: Caller): object {
    const { configurations } = this.neighbours;
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
    const build: Build = {
      arn: `${prefix}${this.arns().filter((arn) => arn.startsWith(prefix)).length + 1}`,
      name,
      version,
      owner: caller.account,
      pipelineArn: String(imagePipelineArn),
      parent: /:\d{12}:image\//.test(parentImage)
        ? (this.resolve(parentImage, caller)?.arn ?? "")
        : parentImage,
      createdAt: Date.now(),
      tags: {},
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
    const run = this.run(build.arn, distribution, caller)
      .then(() =>
        typeof topicArn === "string" ? this.publish(topicArn, build.arn, caller) : undefined,
      )
      .then(() => void this.running.delete(run));
    this.running.add(run);
    return { imageBuildVersionArn: build.arn };
  }

  private async run(arn: string, distribution: Input, caller: Caller): Promise<void> {
    const build = (): Build => this.builds.get(arn) as Build;
    const fail = (reason: string): void =>
      void Object.assign(build(), { status: "FAILED", reason });
    for (const phase of PHASES) {
      build().status = phase;
      await delay(this.pace.phase);
      const stopped = phase === "TESTING" ? await this.stoppedAt(build(), caller) : undefined;
      if (stopped !== undefined) return fail(`Workflow step ${stopped} failed.`);
      if (phase !== "BUILDING") continue;
      const { parent } = build();
      const parentBuild = this.builds.get(parent);
      if (parent === "") return fail("The parent image isn't there any more.");
      if (build().repository !== undefined) continue;
      // A build starts an instance of its parent's AMI, which takes more than seeing the parent; when it fails is assumed.
      const ami = parentBuild?.amis.find(({ region }) => region === caller.region);
      if (
        parentBuild &&
        !(ami && this.neighbours.amis.mayLaunch(caller.account, ami.region, ami.image))
      )
        return fail(`Not authorized for the AMI of ${parent}.`);
    }
    const { repository, version } = build();
    if (repository !== undefined) {
      // "in addition to containerTags": https://github.com/aws-samples/amazon-ec2-image-builder-samples, containers
      const tag = `${version}-${arn.split("/").at(-1)}`;
      const tags = [tag, `${build().name}-${tag}`];
      try {
        await this.neighbours.push(repository, tags, caller);
      } catch (error) {
        return fail((error as Error).message);
      }
      const host = `${caller.account}.dkr.ecr.${caller.region}.amazonaws.com`;
      Object.assign(build(), {
        imageUris: tags.map((tag) => `${host}/${repository}:${tag}`),
        status: "AVAILABLE",
      });
      return;
    }
    const { distributions } = distribution as {
      readonly distributions: readonly { region: string; amiDistributionConfiguration?: Input }[];
    };
    build().amis = distributions.map(({ region, amiDistributionConfiguration = {} }) => {
      const name = String(amiDistributionConfiguration["name"] ?? build().name).replace(
        /\{\{.*?\}\}/g,
        arn.replace(/.*image\//, "").replace(/[/.]/g, "-"),
      );
      const tags = {
        ...(amiDistributionConfiguration["amiTags"] as object),
        CreatedBy: "EC2 Image Builder",
        Ec2ImageBuilderArn: arn,
      };
      return {
        region,
        image: this.neighbours.amis.register(caller.account, region, name, tags),
        name,
        accountId: caller.account,
      };
    });
    build().status = "AVAILABLE";
  }

  /** Follows the pipeline's own test workflows, as far as they wait for somebody; answers with the step that was told to stop. */
  private async stoppedAt(build: Build, caller: Caller): Promise<string | undefined> {
    for (const { step, parameters, workflow } of this.neighbours.configurations.testSteps(
      build.pipelineArn,
      caller,
    )) {
      if (step.action !== "WaitForAction") continue;
      const id = `step-${randomUUID()}`;
      const answered = new Promise<string>((answer) => {
        this.waiting.push({ id, name: step.name, workflow, build, since: Date.now(), answer });
      });
      const [, parameter = ""] =
        /^\$\.parameters\.(\w+)$/.exec(String(step.inputs?.["snsTopicArn.$"])) ?? [];
      const topicArn = parameters[parameter] ?? step.inputs?.["snsTopicArn"];
      // The names of its members, beside customPayload, are assumed.
      const message = JSON.stringify({
        imageArn: build.arn,
        workflowStepExecutionId: id,
        customPayload: step.inputs?.["payload"],
      });
      if (typeof topicArn === "string") await this.neighbours.publish(topicArn, message, caller);
      if ((await answered) === "STOP") return step.name;
    }
    return undefined;
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
      throw new Fault("ResourceNotFoundException", `The step '${id}' waits for nothing.`, 404);
    step.answer(String(action));
    return { stepExecutionId: id, imageBuildVersionArn: arn };
  }

  /** As captured from Image Builder: no attributes, and a `semver` that overflows a JavaScript number. */
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
    await this.neighbours.publish(
      topicArn,
      JSON.stringify(message, null, 2).replace('"SEMVER"', String(semver)),
      caller,
    );
  }

  /** Of a container no message was captured; the members are those of the API. */
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
      parent,
      repository,
    } = build;
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
      [repository === undefined ? "imageRecipe" : "containerRecipe"]: { parentImage: parent },
      tags,
    };
  }

  private listed(caller: Caller): Build[] {
    // "can take up to two minutes to appear"
    return this.visibleTo(caller).filter(
      ({ createdAt }) => Date.now() >= createdAt + this.pace.listLag,
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

  private own(arn: unknown, { account }: Caller): Build {
    const build = this.builds.get(String(arn));
    if (build?.owner !== account)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return build;
  }

  /** The rest of the resources is {@link ImageBuilder}'s; tags of both have the same operations. */
  private orElse(operation: string, handler: (build: Build, input: Input) => object): Handler {
    return (input, caller) => {
      const { resourceArn } = input;
      if (!/:image\//.test(String(resourceArn))) {
        const other = this.neighbours.configurations.handlers[operation];
        if (!other) throw new Fault("NotImplementedException", `${operation} is not emulated`, 501);
        return other(input, caller);
      }
      return handler(this.own(resourceArn, caller), input);
    };
  }

  get handlers(): Readonly<Record<string, Handler>> {
    return {
      StartImagePipelineExecution: (input, caller) => this.start(input, caller),
      GetImage: ({ imageBuildVersionArn: arn }, caller) => {
        const build = this.resolve(String(arn), caller);
        // Whether it says that there is none, or none that may be seen, is assumed.
        if (!build)
          throw new Fault(
            "ResourceNotFoundException",
            `The resource with ARN '${arn}' doesn't exist.`,
            404,
          );
        return { image: this.image(build) };
      },
      ListImages: (input, caller) => this.list(input, caller),
      ListImageBuildVersions: (input, caller) => {
        const builds = this.listed(caller).filter(({ arn }) =>
          arn.startsWith(`${input["imageVersionArn"]}/`),
        );
        const { items, ...token } = page(
          builds.map((build) => this.image(build)),
          input,
          25,
        );
        return { imageSummaryList: items, ...token };
      },
      DeleteImage: ({ imageBuildVersionArn: arn }, caller) => {
        const build = this.own(arn, caller);
        // "Owners cannot delete a shared resource until it is no longer shared."
        if (this.neighbours.isShared(build.arn))
          throw new Fault(
            "ResourceDependencyException",
            `Resource '${arn}' has other resources depended on it.`,
          );
        this.builds.delete(build.arn);
        return { imageBuildVersionArn: arn };
      },
      ListWaitingWorkflowSteps: (input, caller) => {
        const steps = this.waiting
          .filter(
            ({ build }) =>
              build.owner === caller.account && build.arn.split(":")[3] === caller.region,
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
      },
      SendWorkflowStepAction: (input, caller) => this.answer(input, caller),
      // At once (assumed).
      StartResourceStateUpdate: async ({ resourceArn, state, includeResources }, caller) => {
        const build = this.own(resourceArn, caller);
        const status = String((state as Input)["status"]);
        if (build.repository !== undefined) {
          if (status !== "DELETED")
            throw new Fault(
              "InvalidRequestException",
              "For container-based images, only DELETED is supported.",
            );
          if (this.neighbours.isShared(build.arn))
            throw new Fault(
              "ResourceDependencyException",
              `Resource '${build.arn}' has other resources depended on it.`,
            );
          const tags = build.imageUris.map((uri) => uri.split(":").at(-1) ?? "");
          await this.neighbours.unpush(build.repository, tags, caller);
          build.imageUris = [];
        }
        build.status = status;
        if (
          (includeResources as Input | undefined)?.["amis"] === true &&
          build.status === "DISABLED"
        ) {
          for (const { region, image } of build.amis) this.neighbours.amis.disable(region, image);
        }
        return { lifecycleExecutionId: "lce-00000000-0000-0000-0000-000000000000", resourceArn };
      },
      ListTagsForResource: this.orElse("ListTagsForResource", ({ tags }) => ({ tags })),
      TagResource: this.orElse("TagResource", (build, { tags }) => {
        build.tags = { ...build.tags, ...(tags as Record<string, string>) };
        return {};
      }),
      UntagResource: this.orElse("UntagResource", (build, { tagKeys }) => {
        build.tags = Object.fromEntries(
          Object.entries(build.tags).filter(([key]) => !(tagKeys as string[]).includes(key)),
        );
        return {};
      }),
    };
  }
}
