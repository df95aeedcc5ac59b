import { architectureOf } from "../aws/base-images";
import { isWindowsImage, knownHostDevice, MIN_HOST_SIZE_GIB } from "../aws/container-hosts";
import { isSupportedRegistry, registryOf } from "../aws/registries";
import { defaultDockerfile, usersIn } from "../documents/dockerfile";
import type { Container } from "../model";
import { instanceTypesOf } from "./operating-systems";
import { containers, type Rule, rule } from "./rule";
import { checkSettings } from "./volumes";

/** The container at the end of a line of golden parents. */
function rootOf(container: Container): Container {
  return container.parent.kind === "golden" ? rootOf(container.parent.image) : container;
}

/** Whose architecture a container has. */
function architectureOwner(container: Container): string {
  const root = rootOf(container);
  if (root.parent.kind === "awsManaged") return root.parent.name;
  return root === container ? "the first instance type" : root.name;
}

/** A user of a Dockerfile as `USER` names it, with or without a group. A variable may be root. */
const MAY_BE_ROOT = /^(root|0)(:|$)|\$/;

/** Returns the user that a container ends with, or `undefined` if it isn't known. */
function endUserOf({ dockerfile, platform, parent }: Container): string | undefined {
  const users = usersIn(dockerfile ?? defaultDockerfile(platform));
  return users.end ?? (parent.kind === "golden" ? endUserOf(parent.image) : undefined);
}

export const containerRules: readonly Rule[] = [
  rule({
    id: "container-architecture",
    description:
      "All instance types of a container have the architecture of its parent: Image Builder builds a container for only one.",
    source: "https://github.com/aws/ec2-image-builder-roadmap/issues/93",
    each: containers,
    check(resolved, report, context) {
      const { architecture } = resolved.image;
      for (const { type, key, note } of instanceTypesOf(resolved, context)) {
        if (type.startsWith("mac"))
          report(key, "must not be a Mac instance type, which can't run containers", type);
        else if (architectureOf(type) !== architecture)
          report(
            key,
            `must be an instance type for ${architecture}, the architecture of ${architectureOwner(resolved.image)}${note}`,
            type,
          );
      }
    },
  }),
  rule({
    id: "components-run-as-root",
    description:
      "Components run as root: if a Dockerfile or its golden parent sets another user, the Dockerfile contains USER root before the placeholder for components.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-container-recipes.html",
    each: containers,
    check({ image: { dockerfile, parent } }, report) {
      if (dockerfile === undefined) return;
      const inherited = parent.kind === "golden" ? endUserOf(parent.image) : undefined;
      const user = usersIn(dockerfile).components ?? inherited;
      if (user !== undefined && !MAY_BE_ROOT.test(user))
        report(
          "dockerfile",
          "must contain USER root before {{{ imagebuilder:components }}}: Image Builder installs components as the current user, and only root can",
          `USER ${user}`,
        );
    },
  }),
  rule({
    id: "registry-image-for-linux",
    description:
      "A registry image is for Linux: the AWS provider can't set the Windows version of a registry image.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateContainerRecipe.html",
    each: containers,
    check({ image: { parent } }, report) {
      if (parent.kind === "registry" && isWindowsImage(parent.uri))
        report(
          ["parent", "registry"],
          "must be a Linux image: the AWS provider can't set the Windows version of a registry image. For Windows, use awsManaged",
          parent.uri,
        );
    },
  }),
  rule({
    id: "registry-supported",
    description:
      "A registry image is in Docker Hub, Amazon ECR or Amazon ECR Public: Image Builder pulls from no other registry.",
    source: "https://github.com/aws-games/cloud-game-development-toolkit/issues/558",
    each: containers,
    check({ image: { parent } }, report) {
      if (parent.kind !== "registry" || isWindowsImage(parent.uri)) return;
      const registry = registryOf(parent.uri);
      if (!isSupportedRegistry(registry))
        report(
          ["parent", "registry"],
          `must be in Docker Hub, Amazon ECR or Amazon ECR Public, because Image Builder can't pull from ${registry}: use an Amazon ECR pull through cache of that registry, or copy the image to Amazon ECR`,
          parent.uri,
        );
    },
  }),
  rule({
    id: "registry-updates-unknown",
    severity: "warning",
    description:
      "With a registry tag as parent, onlyOnUpdates skips runs even if the tag has moved: Image Builder doesn't see that as an update.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_Schedule.html",
    each: containers,
    check({ image: { parent, schedule } }, report) {
      if (parent.kind === "registry" && schedule?.onlyOnUpdates && !parent.uri.includes("@"))
        report(
          ["schedule", "onlyOnUpdates"],
          "skips runs even if the registry's tag has moved, which Image Builder doesn't detect: set it to false, or pin the parent by digest",
        );
    },
  }),
  rule({
    id: "host-ami-in-each-region",
    description: "hostAmi.ami contains an AMI for each Region that builds the container.",
    each: containers,
    check({ image: { hostAmi, regions } }, report) {
      if (hostAmi?.kind !== "ami") return;
      for (const region of regions) {
        if (!Object.hasOwn(hostAmi.amis, region))
          report(
            ["hostAmi", "ami"],
            `must contain an AMI for ${region}, which builds the container`,
          );
      }
    },
  }),
  rule({
    id: "host-device-of-ami",
    description:
      "`hostVolume.device` is the root device of the build instances' AMI. Under another name, Image Builder would add a volume, and wouldn't encrypt the root volume with the image key.",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html",
    each: containers,
    check({ image: { hostAmi, platform }, entry: { hostVolume } }, report) {
      const known = knownHostDevice(hostAmi, platform);
      if (known !== undefined && hostVolume.device !== undefined && hostVolume.device !== known)
        report(
          ["hostVolume", "device"],
          `must be ${known}, the root device of the build instances' AMI, or left out`,
          hostVolume.device,
        );
    },
  }),
  rule({
    id: "host-volume-settings",
    description: "The settings of the build instances' root volume are valid for its type.",
    each: containers,
    check({ entry: { hostVolume } }, report) {
      checkSettings(hostVolume, (key, message, got) => report(["hostVolume", key], message, got));
    },
  }),
  rule({
    id: "host-volume-size",
    description:
      "The root volume of build instances is at least as large as that of the default AMI.",
    each: containers,
    check(
      {
        entry: {
          hostAmi,
          hostVolume: { sizeGib },
        },
      },
      report,
    ) {
      if (!hostAmi && sizeGib !== undefined && sizeGib < MIN_HOST_SIZE_GIB)
        report(
          ["hostVolume", "sizeGib"],
          `must be at least ${MIN_HOST_SIZE_GIB} GiB, the size of the AMI of build instances`,
          sizeGib,
        );
    },
  }),
];
