/**
 * Emulates the operations of EC2 Image Builder on builds: to read, list, tag, cancel and delete
 * them. "Assumed" marks behaviour that no AWS document describes.
 */
import type { Amis } from "../ec2/amis";
import type { Caller, Handler, Handlers } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import { AWS_IMAGES, awsImageName } from "./aws-images";
import { type Build, describeBuild, typeOf } from "./build";
import { type BuildRuns, isRunning } from "./build-runs";
import type { Builds } from "./builds";
import type { ImageBuilder } from "./image-builder";
import type { WaitingSteps } from "./waiting-steps";
import { listRuns, listSteps } from "./workflow-runs";

/** Assumed: the title of a finding begins with the vulnerability. */
const FINDING = {
  title: "CVE-2026-1234 - openssl",
  packageVulnerabilityDetails: { vulnerabilityId: "CVE-2026-1234" },
};

export interface OperationPeers {
  readonly configurations: ImageBuilder;
  readonly amis: Amis;
  readonly builds: Builds;
  readonly runs: BuildRuns;
  readonly waitingSteps: WaitingSteps;
  /** Whether any share contains a build. */
  readonly isShared: (arn: string) => boolean;
  /** Deletes a pushed image. */
  readonly deletePushed: (
    repository: string,
    tags: readonly string[],
    caller: Caller,
  ) => Promise<void>;
}

export class ImageOperations {
  constructor(private readonly peers: OperationPeers) {}

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
    for (const build of this.peers.builds.listed(caller)) {
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
      return handler(this.peers.builds.findOwned(resourceArn, caller), input);
    };
  }

  private get({ imageBuildVersionArn: arn }: Input, caller: Caller): object {
    const name = awsImageName(String(arn));
    if (name !== undefined) {
      const { region } = caller;
      const image = this.peers.amis.ofAws(name, region);
      return { image: { arn, name, outputResources: { amis: [{ region, image }] } } };
    }
    const build = this.peers.builds.resolve(String(arn), caller);
    // Assumed: the error is the same for a missing build and for one that isn't shared.
    if (!build)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return { image: describeBuild(build) };
  }

  private listBuilds(input: Input, caller: Caller): object {
    const builds = this.peers.builds
      .listed(caller)
      .filter(({ arn }) => arn.startsWith(`${input["imageVersionArn"]}/`));
    const images = builds.map((build) => describeBuild(build));
    const { items, ...token } = page(images, input, 25);
    return { imageSummaryList: items, ...token };
  }

  /** Summaries name no parent. */
  private listOfPipeline(input: Input, caller: Caller): object {
    const { imagePipelineArn } = input;
    const { configurations, builds, runs } = this.peers;
    configurations.get(imagePipelineArn, caller);
    runs.runSchedule(String(imagePipelineArn), caller);
    const summaries = builds
      .listed(caller)
      .filter(
        ({ owner, pipelineArn }) => owner === caller.account && pipelineArn === imagePipelineArn,
      )
      .map((build) => {
        const { imageRecipe: _, containerRecipe: __, ...summary } = describeBuild(build) as Input;
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
    const build = this.peers.builds.findOwned(arn, caller);
    this.assertNotShared(build);
    this.peers.builds.delete(build);
    return { imageBuildVersionArn: arn };
  }

  /** Assumed: the build is CANCELLED at once. */
  private cancel({ imageBuildVersionArn: arn }: Input, caller: Caller): object {
    const build = this.peers.builds.findOwned(arn, caller);
    if (!isRunning(build))
      throw new Fault("InvalidRequestException", `The image '${arn}' is ${build.status}.`);
    build.status = "CANCELLED";
    return { imageBuildVersionArn: arn };
  }

  private listWorkflows({ imageBuildVersionArn: arn, ...input }: Input, caller: Caller): object {
    return listRuns(this.peers.builds.findOwned(arn, caller).failed, input);
  }

  private listSteps(input: Input, caller: Caller): object {
    const build = this.peers.builds.findByWorkflow(input["workflowExecutionId"], caller);
    return listSteps(build?.failed, input);
  }

  /** Assumed: Image Builder lists packages as soon as a build is AVAILABLE. */
  private listPackages({ imageBuildVersionArn: arn, ...input }: Input, caller: Caller): object {
    const { status, packages } = this.peers.builds.findOwned(arn, caller);
    const { items, ...token } = page(status === "AVAILABLE" ? packages : [], input, 25);
    return { imagePackageList: items, ...token };
  }

  /** Assumed: the update is immediate. */
  private async updateState(
    { resourceArn, state, includeResources }: Input,
    caller: Caller,
  ): Promise<object> {
    const build = this.peers.builds.findOwned(resourceArn, caller);
    const status = String((state as Input)["status"]);
    if (build.repository !== undefined) {
      if (status !== "DELETED")
        throw new Fault(
          "InvalidRequestException",
          "For container-based images, only DELETED is supported.",
        );
      this.assertNotShared(build);
      const tags = build.imageUris.map((uri) => uri.replace(/.*:/, ""));
      await this.peers.deletePushed(build.repository, tags, caller);
      build.imageUris = [];
    }
    build.status = status;
    const includesAmis = (includeResources as Input | undefined)?.["amis"] === true;
    if (includesAmis)
      for (const { region, image } of build.amis) this.peers.amis.setState(region, image, status);
    return { lifecycleExecutionId: "lce-00000000-0000-0000-0000-000000000000", resourceArn };
  }

  get handlers(): Handlers {
    return {
      StartImagePipelineExecution: (input, caller) => this.peers.runs.start(input, caller),
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
      ListWaitingWorkflowSteps: (input, caller) => this.peers.waitingSteps.list(input, caller),
      SendWorkflowStepAction: (input, caller) => this.peers.waitingSteps.answer(input, caller),
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
