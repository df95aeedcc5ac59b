import { nearMatch } from "../near-match";
import { BASE_IMAGES, MANAGED_CONTAINER_IMAGES } from "./base-images";
import { MANAGED_COMPONENTS } from "./managed-components";
import { managedWorkflowsFor } from "./managed-workflows";
import type { ImageKind, WorkflowType } from "./workflow-steps";

/** Returns the AWS-managed image that `name` probably means. */
export function meantImage(kind: ImageKind, name: string): string | undefined {
  const known =
    kind === "image" ? BASE_IMAGES.map((image) => image.name) : MANAGED_CONTAINER_IMAGES;
  return meantName(name, known);
}

/** Returns the AWS-managed component that `name` probably means. It may leave out words. */
export function meantComponent(name: string): string | undefined {
  const words = name.split("-");
  const longer = MANAGED_COMPONENTS.filter((known) => {
    const knownWords = known.split("-");
    return words.every((word) => knownWords.includes(word));
  });
  const [shortest] = longer.sort((one, other) => one.length - other.length);
  return meantName(name, MANAGED_COMPONENTS) ?? shortest;
}

/** Returns the AWS-managed workflow that `name` probably means. */
export function meantWorkflow(
  kind: ImageKind,
  type: WorkflowType,
  name: string,
): string | undefined {
  return meantName(name, managedWorkflowsFor({ kind, type }));
}

function meantName(name: string, known: readonly string[]): string | undefined {
  const match = known.includes(name) ? undefined : nearMatch(name, known);
  return match === undefined || isOtherVersion(name, match) ? undefined : match;
}

/** A name with another number is probably a newer version. */
function isOtherVersion(name: string, known: string): boolean {
  return withoutNumbers(name) === withoutNumbers(known);
}

/** Leaves the numbers of `x86` and `arm64`. */
function withoutNumbers(name: string): string {
  return name.replaceAll(/(?<=-)\d+(?=-|$)/g, "");
}
