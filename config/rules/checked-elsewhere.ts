import type { Rule } from "./rule";

/** Rules that are checked while entries are resolved, documents are read or versions are issued. */
export const RULES_CHECKED_ELSEWHERE: readonly Omit<Rule, "check">[] = [
  {
    id: "parent-exists",
    severity: "error",
    appliesTo: "images and containers",
    description:
      "A golden parent is a golden image or container of this factory, of the same kind.",
  },
  {
    id: "parent-not-itself",
    severity: "error",
    appliesTo: "images and containers",
    description: "No image is built on itself, directly or through its parents.",
  },
  {
    id: "platform-known",
    severity: "error",
    appliesTo: "images and containers",
    description: "The platform is known from the parent, or `platform` gives it.",
  },
  {
    id: "root-device-known",
    severity: "error",
    appliesTo: "images",
    description:
      "The root device is known from the parent, or `rootVolume.device` gives it. Under another name, Image Builder would add a volume, and wouldn't encrypt the root volume with the image key.",
  },
  {
    id: "region-known",
    severity: "warning",
    appliesTo: "the file",
    description:
      "A Region is in the list of the AWS SDK. A mistyped one is an error if other errors result from it.",
  },
  {
    id: "host-device-known",
    severity: "error",
    appliesTo: "containers",
    description:
      "The root device of the build instances' AMI is known, or `hostVolume.device` gives it. Under another name, Image Builder would add a volume, and wouldn't encrypt the root volume with the image key.",
  },
  {
    id: "file-exists",
    severity: "error",
    appliesTo: "files that the factory file names",
    description: "A component, workflow, Dockerfile or user data file exists.",
  },
  {
    id: "unused-parameter",
    severity: "warning",
    appliesTo: "component and workflow documents",
    description: "A document uses each parameter and constant that it declares.",
  },
  {
    id: "phase-name",
    severity: "warning",
    appliesTo: "component documents",
    description:
      "The name of a phase isn't a near miss of build, validate or test, such as biuld. A near miss is probably a typo, and Image Builder runs phases with other names only through the action module ExecuteDocument. It is an error if expressions refer to the phase by its right name, or if no other phase is run.",
  },
  {
    id: "approval-has-effect",
    severity: "warning",
    appliesTo: "workflow documents",
    description:
      "A step that asks for an answer with `snsTopicArn` stops the build when the answer is STOP. With `onFailure: Continue` the build continues.",
  },
  {
    id: "version-not-lowered",
    severity: "error",
    appliesTo: "images and containers",
    description:
      "`version` isn't lower than a version that was issued: `x.x.x` resolves to the highest version, so consumers would keep the older image.",
  },
  {
    id: "managed-names",
    severity: "error",
    appliesTo: "images and containers",
    description:
      "With `check --from-aws`: AWS-managed parents and components are in AWS's list for each Region that builds the image, and the components support the parent's operating system. A warning where AWS doesn't document how names of operating systems are compared. Replaces `managed-image-known` and `managed-component-known`.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html",
  },
];
