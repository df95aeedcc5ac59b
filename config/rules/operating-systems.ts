import { actionPlatforms } from "../aws/action-modules";
import { architectureOf, type Platform, workingDirectory } from "../aws/base-images";
import { INSTANCE_TYPES, isInstanceType } from "../aws/instance-types";
import { nearMatch } from "../near-match";
import type { Path } from "../problems";
import type { Resolved } from "../resolve/context";
import {
  buildables,
  componentDocuments,
  components,
  images,
  listOf,
  type Rule,
  type RuleContext,
  rule,
} from "./rule";

/** An instance type of an image, and where the factory file gives it. */
export interface InstanceTypeUse {
  readonly type: string;
  /** Relative to the image's entry. */
  readonly key: Path;
  /** Appended to a message if the type is a default of the file. */
  readonly note: string;
}

/**
 * Returns the instance types that the factory file gives for an image, without mistyped ones, which
 * have a warning already.
 */
export function instanceTypesOf({ entry }: Resolved, { file }: RuleContext): InstanceTypeUse[] {
  const { instanceTypes: own } = entry;
  const uses: InstanceTypeUse[] = own
    ? own.map((type, index) => ({ type, key: ["instanceTypes", index], note: "" }))
    : (file.defaults.instanceTypes ?? []).map((type) => ({
        type,
        key: ["instanceTypes"],
        note: " (the value comes from defaults.instanceTypes: to override it, set instanceTypes here)",
      }));
  return uses.filter(
    ({ type }) => isInstanceType(type) || nearMatch(type, INSTANCE_TYPES) === undefined,
  );
}

function isMac(type: string): boolean {
  return type.startsWith("mac");
}

/**
 * Words in the names of AWS-managed components that name a platform.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/use-managed-components.html
 */
const PLATFORM_WORDS: Readonly<Record<string, Platform>> = {
  linux: "Linux",
  ubuntu: "Linux",
  centos: "Linux",
  windows: "Windows",
  macos: "macOS",
};

function platformInName(name: string): Platform | undefined {
  const word = name.split("-").find((part) => Object.hasOwn(PLATFORM_WORDS, part));
  return word === undefined ? undefined : PLATFORM_WORDS[word];
}

export const operatingSystemRules: readonly Rule[] = [
  rule({
    id: "platform-of-parent",
    description: "The platform of an image or container is its parent's.",
    each: buildables,
    check({ image: { platform }, entry }, report) {
      if (entry.platform !== undefined && entry.platform !== platform)
        report("platform", `must be ${platform}, the platform of its parent`, entry.platform);
    },
  }),
  rule({
    id: "instance-type-architecture",
    description: "Instance types have the architecture of the parent.",
    each: images,
    check(resolved, report, context) {
      const { base, platform } = resolved.image;
      if (!base) return;
      for (const { type, key, note } of instanceTypesOf(resolved, context)) {
        const isForPlatform = isMac(type) === (platform === "macOS");
        if (isForPlatform && architectureOf(type) !== base.architecture)
          report(
            key,
            `must be an instance type for ${base.architecture}, the architecture of ${base.name}${note}`,
            type,
          );
      }
    },
  }),
  rule({
    id: "mac-instance-type-known",
    description:
      "An image for macOS on a parent of unknown architecture names its instance type: Macs have two architectures.",
    each: images,
    check({ image: { platform, base }, entry }, report, { file: { defaults } }) {
      if (platform === "macOS" && !base && !(entry.instanceTypes ?? defaults.instanceTypes))
        report("instanceTypes", "is missing: the architecture of this parent isn't known");
    },
  }),
  rule({
    id: "mac-images-on-mac-instances",
    description: "Images for macOS are built on Mac instances, and other images aren't.",
    each: images,
    check(resolved, report, context) {
      const isForMac = resolved.image.platform === "macOS";
      for (const { type, key, note } of instanceTypesOf(resolved, context)) {
        if (isMac(type) === isForMac) continue;
        const message = isForMac
          ? "must be a Mac instance type such as mac2.metal"
          : "must not be a Mac instance type";
        report(key, `${message}${note}`, type);
      }
    },
  }),
  rule({
    id: "dedicated-hosts-for-mac",
    description: "dedicatedHosts is for macOS, and for Regions that build the image.",
    each: images,
    check({ image: { platform, regions, dedicatedHosts } }, report) {
      const hosts = Object.keys(dedicatedHosts);
      if (hosts.length > 0 && platform !== "macOS")
        report("dedicatedHosts", `is only for macOS: the image's platform is ${platform}`);
      for (const region of hosts) {
        if (!regions.includes(region))
          report(
            ["dedicatedHosts", region],
            `must be a Region that builds the image: ${listOf(regions)}`,
          );
      }
    },
  }),
  rule({
    id: "working-directory-of-platform",
    description: "The working directory is a path of the platform.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html",
    each: buildables,
    check({ image: { platform, workingDirectory: path } }, report) {
      if (path === undefined) return;
      const isWindowsPath = /^[A-Za-z]:/.test(path);
      if (isWindowsPath !== (platform === "Windows"))
        report(
          "workingDirectory",
          `must be a path for ${platform}, such as ${workingDirectory(platform)}`,
          path,
        );
    },
  }),
  rule({
    id: "managed-component-platform",
    description: "An AWS-managed component is for the image's platform, as far as its name shows.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/use-managed-components.html",
    each: components,
    check({ component, image: { platform, kind } }, report) {
      if (component.kind !== "awsManaged") return;
      const intended = platformInName(component.name);
      if (intended !== undefined && intended !== platform)
        report(
          "awsManaged",
          `is for ${intended}, but the ${kind} is for ${platform}`,
          component.name,
        );
    },
  }),
  rule({
    id: "component-action-platform",
    description:
      "A component document uses only action modules that exist on the image's platform.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html",
    each: componentDocuments,
    check({ document, file, image: { platform } }, report) {
      const unsupported = document.actions.filter(
        ({ action }) => !actionPlatforms(action).includes(platform),
      );
      if (unsupported.length === 0) return;
      const actions = listOf(unsupported.map(({ action, location }) => `${action} (${location})`));
      report("document", `uses actions that ${platform} doesn't support: ${actions}`, file);
    },
  }),
];
