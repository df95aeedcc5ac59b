import { childStackId, defaultAmiName, shareName } from "../names";
import { buildables, channels, images, isGolden, type Rule, rule } from "./rule";

function lengthProblem(description: string, name: string, max: number): string | undefined {
  return name.length > max
    ? `is too long: its ${description} '${name}' has ${name.length} characters, at most ${max} are allowed`
    : undefined;
}

export const nameAndDescriptionRules: readonly Rule[] = [
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
    id: "ami-description-without-placeholders",
    severity: "warning",
    description:
      "amiDescription contains no placeholders. Image Builder documents them only for AMI names and tags.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AmiDistributionConfiguration.html",
    each: images,
    check({ image: { amiDescription } }, report) {
      if (amiDescription !== undefined && /\{\{.*\}\}/.test(amiDescription))
        report(
          "amiDescription",
          "contains a placeholder, which Image Builder documents only for AMI names and tags: use amiName or amiTags",
          amiDescription,
        );
    },
  }),
  rule({
    id: "ami-description-for-ec2",
    severity: "warning",
    description:
      "The description of AMIs is printable ASCII of at most 255 characters, because Amazon EC2 rejects others. Without amiDescription, it is the image's description.",
    source: "https://github.com/plus3it/spel/pull/33",
    each: images,
    check({ image: { amiDescription, description } }, report) {
      const [key, text] =
        amiDescription === undefined
          ? ["description", description]
          : ["amiDescription", amiDescription];
      if (text !== undefined && !/^[ -~]{1,255}$/.test(text))
        report(
          key,
          "becomes the description of the AMI, for which Amazon EC2 accepts only ASCII characters, and at most 255",
          text,
        );
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
