import type { Caller } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";

/** The date of all resources, unless their changes are recorded. */
const CREATED = "2026-01-01T00:00:00.000Z";

/** "names that differ only in case, spaces, or underscores count as the same name" */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[ _]/g, "-");
}

/** The ARN of a resource, or the start of the ARNs of its versions. */
export function arnOf(
  kind: string,
  name: unknown,
  { account, region }: Caller,
  version = "",
): string {
  return `arn:aws:imagebuilder:${region}:${account}:${kind}/${slug(String(name))}${version}`;
}

/** The resources of all accounts, except builds. */
export class Resources {
  private readonly all = new Map<string, Input>();

  /**
   * @param changedAt returns the current time, in milliseconds. By default, all resources have the
   *   same date
   */
  constructor(private readonly changedAt: (() => number) | undefined) {}

  private get date(): string {
    return this.changedAt === undefined ? CREATED : new Date(this.changedAt()).toISOString();
  }

  /** The ARNs of all resources of a kind such as `component`. */
  arns(kind: string): string[] {
    return [...this.all.keys()].filter((arn) => arn.split(":")[5]?.startsWith(`${kind}/`));
  }

  /** The ARNs of the resources of a kind in the caller's account and Region. */
  ownArns(kind: string, { account, region }: Caller): string[] {
    return this.arns(kind).filter((arn) =>
      arn.startsWith(`arn:aws:imagebuilder:${region}:${account}:`),
    );
  }

  /** A resource of the caller's account. Throws a {@link Fault} if it doesn't exist. */
  get(arn: unknown, { account }: Caller): Input {
    const found = this.all.get(String(arn));
    if (!found || String(arn).split(":")[4] !== account)
      throw new Fault(
        "ResourceNotFoundException",
        `The resource with ARN '${arn}' doesn't exist.`,
        404,
      );
    return found;
  }

  /**
   * Throws a {@link Fault} if a resource that another one names doesn't exist. Components of AWS
   * and of third parties exist, and so does what an ARN with wildcards names.
   */
  assertExists(arn: unknown, { account }: Caller): void {
    if (
      typeof arn !== "string" ||
      /:(aws|third-party):component\//.test(arn) ||
      /\/x\.|\.x/.test(arn)
    )
      return;
    if (!this.all.has(arn) || arn.split(":")[4] !== account)
      throw new Fault("InvalidParameterValueException", `The resource '${arn}' doesn't exist.`);
  }

  /** Whether a resource of another account names a build as its parent. */
  isParentOfOthers(arn: string): boolean {
    const owner = arn.split(":")[4];
    return [...this.all].some(
      ([other, { parentImage }]) => parentImage === arn && other.split(":")[4] !== owner,
    );
  }

  /**
   * The ARN of the next build of a version. Other content of the same name and version gets the
   * next build number; the same content is rejected. Assumed for workflows.
   */
  nextBuild(prefix: string, { data, uri }: Input): string {
    const builds = [...this.all].filter(([arn]) => arn.startsWith(prefix));
    const [, last] = builds.at(-1) ?? [];
    if (last && last["data"] === data && last["uri"] === uri)
      throw new Fault(
        "ResourceAlreadyExistsException",
        `A resource with the content of '${last["arn"]}' already exists.`,
      );
    return `${prefix}${builds.length + 1}`;
  }

  create(arn: string, input: Input): void {
    if (this.all.has(arn))
      throw new Fault(
        "ResourceAlreadyExistsException",
        `The resource with ARN '${arn}' already exists.`,
      );
    const { date } = this;
    this.all.set(arn, { tags: {}, ...input, arn, dateCreated: date, dateUpdated: date });
  }

  /** Replaces all settings of a resource. */
  update(arn: unknown, input: Input, caller: Caller): void {
    const { name, tags, arn: known, dateCreated } = this.get(arn, caller);
    this.all.set(String(known), {
      platform: "Linux",
      ...input,
      name,
      tags,
      arn: known,
      dateCreated,
      dateUpdated: this.date,
    });
  }

  setTags(arn: unknown, tags: object, caller: Caller): void {
    this.all.set(String(arn), { ...this.get(arn, caller), tags });
  }

  /** Rejected while another resource names it. Assumed: a build doesn't prevent it. */
  delete(arn: unknown, caller: Caller): void {
    this.get(arn, caller);
    const user = [...this.all].find(
      ([other, resource]) => other !== arn && JSON.stringify(resource).includes(`"${arn}"`),
    );
    if (user)
      throw new Fault(
        "ResourceDependencyException",
        `Resource '${arn}' has other resources depended on it: ${user[0]}.`,
      );
    this.all.delete(String(arn));
  }
}
