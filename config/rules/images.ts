import { childStackId, defaultAmiName, shareName } from "../names";
import { dotted } from "../problems";
import {
  buildables,
  channels,
  containers,
  images,
  isGolden,
  listOf,
  type Rule,
  rule,
} from "./rule";

function lengthProblem(description: string, name: string, max: number): string | undefined {
  return name.length > max
    ? `is too long: its ${description} '${name}' has ${name.length} characters, at most ${max} are allowed`
    : undefined;
}

export const imageRules: readonly Rule[] = [
  rule({
    id: "image-and-container-names-differ",
    description:
      "An image and a container of an account have different names: Image Builder calls both image/NAME.",
    each: containers,
    check({ image: { name }, account }, report, context) {
      const other = context.images.find(
        (one) => one.account === account && one.image.name === name,
      );
      if (other)
        report(
          [],
          `is already the name of ${dotted(other.path)}: Image Builder calls both image/${name}`,
        );
    },
  }),
  rule({
    id: "scan-needs-tests",
    description: "A scan requires tests: Amazon Inspector scans the test instance.",
    each: buildables,
    check({ image: { scan, testsEnabled } }, report) {
      if (scan && !testsEnabled)
        report("scan", "requires tests.enabled: Amazon Inspector scans the test instance");
    },
  }),
  rule({
    id: "region-of-account",
    description: "An image is built in Regions of its account.",
    each: buildables,
    check({ entry: { regions = [] }, account }, report) {
      for (const [index, region] of regions.entries()) {
        if (!account.regions.includes(region))
          report(
            ["regions", index],
            `must be one of the account's Regions: ${listOf(account.regions)}`,
            region,
          );
      }
    },
  }),
  rule({
    id: "parent-ami-in-each-region",
    description: "parent.ami contains an AMI for each Region that builds the image.",
    each: images,
    check({ image: { parent, regions } }, report) {
      if (parent.kind !== "ami") return;
      for (const region of regions) {
        if (!Object.hasOwn(parent.amis, region))
          report(["parent", "ami"], `must contain an AMI for ${region}, which builds the image`);
      }
    },
  }),
  rule({
    id: "keep-within-retain",
    description:
      "A channel shares at most as many builds as `retain` keeps: otherwise the lifecycle policy tries to delete builds that are still shared.",
    each: channels,
    check({ image: { retainBuilds }, channel: { keep } }, report) {
      if (retainBuilds !== undefined && keep > retainBuilds)
        report(
          "keep",
          `must be at most ${retainBuilds} (retain.builds): otherwise the lifecycle policy tries to delete builds that are still shared`,
          keep,
        );
    },
  }),
  rule({
    id: "channel-for-other-accounts",
    description:
      "A channel doesn't list the shared account under `accounts`: it can use its images without a share.",
    each: channels,
    check({ channel: { audience } }, report, { shared }) {
      if (audience.kind === "accounts" && audience.accounts.includes(shared.id))
        report(
          ["principals", "accounts"],
          `must not contain the shared account (${shared.id}), which can use its images without a share`,
        );
    },
  }),
  rule({
    id: "ami-name-length",
    description: "The default AMI name fits. Image Builder allows 127 characters.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html",
    each: images,
    check({ image: { name }, entry }, report) {
      const problem = lengthProblem("default AMI name", defaultAmiName(name), 127);
      if (entry.amiName === undefined && problem !== undefined)
        report([], `${problem}. Set amiName`);
    },
  }),
  rule({
    id: "share-name-length",
    description: "The name of a channel's resource share fits.",
    each: channels,
    check({ image: { name }, channel }, report) {
      const problem = lengthProblem("resource share", shareName(name, channel.name), 255);
      if (problem !== undefined) report([], problem);
    },
  }),
  rule({
    id: "child-workspace-name-length",
    description: "With HCP Terraform, the workspace name of an image on a golden parent fits.",
    each: buildables,
    check(resolved, report, context) {
      const { name, parent, regions } = resolved.image;
      const hasWorkspace = isGolden(resolved, context) && parent.kind === "golden";
      if (!hasWorkspace || context.file.state.backend !== "cloud") return;
      for (const region of regions) {
        const problem = lengthProblem("workspace", childStackId(region, name), 90);
        if (problem !== undefined) report([], problem);
      }
    },
  }),
];
