/** Compares the AWS-managed images and components of a factory with AWS's own list. */
import type { Buildable, Component } from "../config/model";
import { didYouMean } from "../config/near-match";
import type { Path } from "../config/problems";
import { compareVersions } from "../config/versions/version";
import type { RegionReader } from "./aws-reader";

/** The operations that read the list. */
export const MANAGED_LIST_CALLS = [
  "imagebuilder:ListComponents",
  "imagebuilder:ListImages",
] as const;

/** A version of an AWS-managed image or component. */
interface Entry {
  readonly version: string;
  readonly platform?: string | undefined;
  /** Of an image. */
  readonly osVersion?: string | undefined;
  /** Of a component. @default - every version of the platform */
  readonly supportedOsVersions?: readonly string[] | undefined;
}

type Entries = ReadonlyMap<string, readonly Entry[]>;

/** The AWS-managed images and components of a Region, by the names in their ARNs. */
export interface ManagedList {
  readonly images: Entries;
  readonly components: Entries;
}

/** A name or version that doesn't fit the list. */
export interface ManagedProblem {
  /** Relative to the entry of the image or container. */
  readonly path: Path;
  readonly message: string;
  /** Name of the image or component. */
  readonly name: string;
  /** Whether Image Builder certainly rejects the recipe. */
  readonly isCertain: boolean;
}

export async function readManagedList({
  pages,
}: Pick<RegionReader<(typeof MANAGED_LIST_CALLS)[number]>, "pages">): Promise<ManagedList> {
  const [images, components] = await Promise.all([
    pages("imagebuilder:ListImages", { owner: "Amazon" }),
    pages("imagebuilder:ListComponents", { owner: "Amazon" }),
  ]);
  return {
    images: byName(images.flatMap(({ imageVersionList = [] }) => imageVersionList)),
    components: byName(components.flatMap(({ componentVersionList = [] }) => componentVersionList)),
  };
}

function byName(
  list: readonly (Omit<Entry, "version"> & { readonly arn?: string | undefined })[],
): Entries {
  const entries = new Map<string, Entry[]>();
  for (const { arn = "", ...entry } of list) {
    const [, name, version] = /:(?:image|component)\/([^/]+)\/([^/]+)/.exec(arn) ?? [];
    if (name === undefined || version === undefined) continue;
    entries.set(name, [...(entries.get(name) ?? []), { ...entry, version }]);
  }
  return entries;
}

/** Returns the problems of the AWS-managed names of an image or container in a Region. */
export function managedProblems(
  image: Buildable,
  list: ManagedList,
  region: string,
): ManagedProblem[] {
  const os = osOf(image, list);
  return [
    ...parentProblems(image, list, region),
    ...image.components.flatMap((component, index) =>
      componentProblems(image, component, list, region, os).map((problem) => ({
        ...problem,
        path: ["components", index, ...problem.path],
      })),
    ),
  ];
}

function parentProblems(
  { parent }: Buildable,
  { images }: ManagedList,
  region: string,
): ManagedProblem[] {
  if (parent.kind !== "awsManaged") return [];
  const { name, version } = parent;
  const message = nameProblem("image", name, version, images, region);
  if (message === undefined) return [];
  return [{ path: ["parent", "awsManaged"], message, name, isCertain: true }];
}

function componentProblems(
  { platform }: Buildable,
  component: Component,
  { components }: ManagedList,
  region: string,
  os: string | undefined,
): ManagedProblem[] {
  if (component.kind === "document") {
    const { name, supportedOsVersions } = component.document;
    const problem = osProblem(os, supportedOsVersions);
    return problem ? [{ path: ["supportedOsVersions"], name, ...problem }] : [];
  }
  if (component.kind !== "awsManaged") return [];
  const { name, version } = component;
  const at = { path: ["awsManaged"], name };
  const missing = nameProblem("component", name, version, components, region);
  if (missing !== undefined) return [{ ...at, message: missing, isCertain: true }];
  const found = newest(components.get(name), version);
  if (found?.platform !== undefined && found.platform !== platform) {
    const message = `is for ${found.platform}, and the parent is for ${platform}`;
    return [{ ...at, message, isCertain: true }];
  }
  const problem = osProblem(os, found?.supportedOsVersions);
  return problem ? [{ ...at, ...problem }] : [];
}

/** Returns why a name and a range of versions match no entry. */
function nameProblem(
  kind: "image" | "component",
  name: string,
  range: string,
  entries: Entries,
  region: string,
): string | undefined {
  const versions = entries.get(name);
  if (versions === undefined) {
    const hint =
      didYouMean(name, [...entries.keys()]) ||
      `: list them with \`aws imagebuilder list-${kind}s --owner Amazon --region ${region}\``;
    return `isn't an AWS-managed ${kind} in ${region}${hint}`;
  }
  if (newest(versions, range) !== undefined) return undefined;
  const known = versions.map(({ version }) => version).sort(compareVersions);
  return `has no version ${range} in ${region}: the newest is ${known.at(-1)}`;
}

/** Returns the operating system of the AWS-managed image that an image is based on. */
function osOf(image: Buildable, { images }: ManagedList): string | undefined {
  const { parent } = image;
  if (parent.kind === "awsManaged")
    return newest(images.get(parent.name), parent.version)?.osVersion;
  if (image.kind === "container") return undefined;
  return image.base && newest(images.get(image.base.name), "x.x.x")?.osVersion;
}

/** Returns the highest version in a range such as `1.x.x`. */
function newest(entries: readonly Entry[] | undefined, range: string): Entry | undefined {
  const nodes = range.split(".");
  return entries
    ?.filter(({ version }) =>
      version
        .split(".")
        .every((node, at) => nodes[at] === "x" || Number(nodes[at]) === Number(node)),
    )
    .sort((one, other) => compareVersions(other.version, one.version))[0];
}

/**
 * Returns why a component may not support an operating system. Image Builder compares the start of
 * the name, so that `Microsoft Windows Server` includes all of its versions. Whether `Amazon Linux
 * 2` includes `Amazon Linux 2023` isn't documented.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html
 */
function osProblem(
  os: string | undefined,
  supported: readonly string[] = [],
): Pick<ManagedProblem, "message" | "isCertain"> | undefined {
  if (os === undefined || supported.length === 0) return undefined;
  if (supported.some((one) => os === one || os.startsWith(`${one} `))) return undefined;
  const isCertain = !supported.some((one) => os.startsWith(one));
  return {
    message: `supports ${supported.join(", ")}, and the parent is ${os}`,
    isCertain,
  };
}
