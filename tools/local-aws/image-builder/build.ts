/** A build of an image, and how Image Builder describes it: in answers, and in messages. */
import type { FailedRun } from "./workflow-runs";

export interface Build {
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

export type ImageType = "AMI" | "DOCKER";

export interface InstalledPackage {
  readonly packageName: string;
  readonly packageVersion: string;
}

export function typeOf({ repository }: Pick<Build, "repository">): ImageType {
  return repository === undefined ? "AMI" : "DOCKER";
}

/** For a container no message was recorded: the members are those of the API. */
function outputOf({ amis, repository, imageUris, arn }: Build): object {
  if (repository === undefined) return { amis };
  return { containers: imageUris.length > 0 ? [{ region: arn.split(":")[3], imageUris }] : [] };
}

/** The answer of GetImage. */
export function describeBuild(build: Build): object {
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
    outputResources: outputOf(build),
    sourcePipelineArn: pipelineArn,
    [repository === undefined ? "imageRecipe" : "containerRecipe"]: recipe,
    tags,
  };
}

/**
 * The message for a build that has ended. As recorded from Image Builder, its `semver` is beyond
 * JavaScript's integers.
 */
export function messageOf(build: Build): string {
  const { arn, name, version, status, reason } = build;
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
    outputResources: outputOf(build),
    accountId: build.owner,
  };
  const semver = [...version.split("."), arn.split("/").at(-1) ?? "0"].reduce(
    (sum, part) => (sum << 30n) + BigInt(part),
    0n,
  );
  return JSON.stringify(message, null, 2).replace('"SEMVER"', String(semver));
}
