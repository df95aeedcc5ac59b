/** Names of AWS that are probably mistyped. AWS adds new ones, so these rules only warn. */

import { INSTANCE_TYPES, isInstanceType } from "../aws/instance-types";
import { MANAGED_COMPONENTS } from "../aws/managed-components";
import { meantComponent, meantImage, meantWorkflow } from "../aws/managed-names";
import { managedWorkflow, managedWorkflowsFor } from "../aws/managed-workflows";
import { didYouMean } from "../near-match";
import { buildables, components, listOf, type Rule, rule, wholeFile, workflows } from "./rule";

function instanceTypeMessage(type: string): string {
  const hint =
    didYouMean(type, INSTANCE_TYPES) || ": check its name, unless AWS added it after this release";
  return `isn't a known instance type${hint}`;
}

export const knownNameRules: readonly Rule[] = [
  rule({
    id: "default-instance-type-known",
    severity: "warning",
    description: "The instance types of `defaults` are in the list of the AWS SDK.",
    each: wholeFile,
    check(_, report, { file: { defaults } }) {
      for (const [index, type] of (defaults.instanceTypes ?? []).entries()) {
        if (!isInstanceType(type))
          report(["defaults", "instanceTypes", index], instanceTypeMessage(type), type);
      }
    },
  }),
  rule({
    id: "instance-type-known",
    severity: "warning",
    description: "An instance type is in the list of the AWS SDK.",
    each: buildables,
    check({ entry }, report) {
      for (const [index, type] of (entry.instanceTypes ?? []).entries()) {
        if (!isInstanceType(type))
          report(["instanceTypes", index], instanceTypeMessage(type), type);
      }
    },
  }),
  rule({
    id: "managed-image-known",
    severity: "warning",
    description: "The name of an AWS-managed parent isn't a near miss of a known one.",
    each: buildables,
    check({ image: { kind, parent } }, report) {
      if (parent.kind !== "awsManaged") return;
      const meant = meantImage(kind, parent.name);
      if (meant !== undefined)
        report(
          ["parent", "awsManaged"],
          `isn't a known AWS-managed image, did you mean '${meant}'?`,
          parent.name,
        );
    },
  }),
  rule({
    id: "managed-component-known",
    severity: "warning",
    description:
      "The name of an AWS-managed component is in the factory's list of them. The list has none for macOS, so it isn't checked there.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/use-managed-components.html",
    each: components,
    check({ component, image: { platform } }, report) {
      if (component.kind !== "awsManaged" || platform === "macOS") return;
      if (MANAGED_COMPONENTS.includes(component.name)) return;
      const meant = meantComponent(component.name);
      const hint =
        meant === undefined
          ? ": check its name with `aws imagebuilder list-components --owner Amazon`"
          : `, did you mean '${meant}'?`;
      report("awsManaged", `isn't a known AWS-managed component${hint}`, component.name);
    },
  }),
  rule({
    id: "managed-workflow-known",
    severity: "warning",
    description: "The name of an AWS-managed workflow is in the factory's list of them.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html",
    each: workflows,
    check({ workflow: { source, type }, image: { kind } }, report) {
      if (!("awsManaged" in source) || managedWorkflow(source.awsManaged)) return;
      const meant = meantWorkflow(kind, type, source.awsManaged);
      const hint =
        meant === undefined
          ? `. For ${kind}s, the factory knows ${listOf(managedWorkflowsFor({ type, kind }))}`
          : `, did you mean '${meant}'?`;
      report("awsManaged", `isn't a known AWS-managed ${type} workflow${hint}`, source.awsManaged);
    },
  }),
];
