/**
 * The builds of EC2 Image Builder, and which accounts see them. "Assumed" marks behaviour that no
 * AWS document describes.
 */
import { HOUR_MS } from "../../../contract/time";
import type { Clock } from "../clock";
import type { Caller } from "../protocol/emulator";
import { Fault } from "../protocol/rest-json";
import { type Build, type ImageType, typeOf } from "./build";

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

export class Builds {
  private readonly byArn = new Map<string, Build>();

  /**
   * @param sharedWith the ARNs of the builds that other accounts share with the caller's account
   * @param listLag how long after its start lists don't contain a build, in milliseconds
   */
  constructor(
    private readonly sharedWith: (caller: Caller) => ReadonlySet<string>,
    private readonly listLag: number,
    private readonly clock: Clock,
  ) {}

  arns(): string[] {
    return [...this.byArn.keys()];
  }

  find(arn: string): Build | undefined {
    return this.byArn.get(arn);
  }

  /** The ARN of the parent image that a build resolved. */
  parentOf(arn: string): string {
    return this.byArn.get(arn)?.parent ?? "";
  }

  tagsOf(arn: string): Readonly<Record<string, string>> {
    return this.byArn.get(arn)?.tags ?? {};
  }

  /** Makes a build older. */
  age(arn: string, hours: number): void {
    const build = this.byArn.get(arn);
    if (build) build.createdAt -= hours * HOUR_MS;
  }

  amiIn(arn: string, region: string): string | undefined {
    return this.byArn.get(arn)?.amis.find((ami) => ami.region === region)?.image;
  }

  /** The newest build of a pipeline. */
  lastOf(pipeline: string): Build | undefined {
    return [...this.byArn.values()]
      .filter(({ pipelineArn }) => pipelineArn === pipeline)
      .sort(newestFirst)[0];
  }

  add(build: Build): void {
    this.byArn.set(build.arn, build);
  }

  delete({ arn }: Build): void {
    this.byArn.delete(arn);
  }

  private visibleTo(caller: Caller): Build[] {
    const shared = this.sharedWith(caller);
    return [...this.byArn.values()].filter(
      ({ arn, owner }) =>
        arn.split(":")[3] === caller.region && (owner === caller.account || shared.has(arn)),
    );
  }

  /**
   * "A version or wildcard ARN resolves to the latest matching build version that has reached
   * AVAILABLE status". Assumed: only builds that the account can see count. `x` stands for any
   * number.
   */
  resolve(arn: string, caller: Caller): Build | undefined {
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

  /** The builds that lists contain. */
  listed(caller: Caller): Build[] {
    // A build "can take up to two minutes to appear".
    return this.visibleTo(caller).filter(
      ({ createdAt }) => this.clock.now() >= createdAt + this.listLag,
    );
  }

  /** A build of the caller's account. Throws a {@link Fault} if it doesn't exist. */
  findOwned(arn: unknown, { account }: Caller): Build {
    const build = this.byArn.get(String(arn));
    if (build?.owner !== account)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return build;
  }

  /** The build that failed in a workflow of the caller's account and Region. */
  findByWorkflow(id: unknown, { account, region }: Caller): Build | undefined {
    return [...this.byArn.values()].find(
      ({ arn, owner, failed }) =>
        failed?.id === id && owner === account && arn.split(":")[3] === region,
    );
  }
}
