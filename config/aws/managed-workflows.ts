import type { Permission } from "../documents/workflow/permissions";
import type { ImageKind, WorkflowType } from "./workflow-steps";

/** A workflow that AWS maintains. */
export interface ManagedWorkflow {
  readonly type: WorkflowType;
  readonly kind: ImageKind;
  /** What it leaves to those after it. @default - that isn't documented */
  readonly outputs?: readonly string[];
  /** What it needs beside what AWS's own policy gives. @default - nothing */
  readonly permissions?: readonly Permission[];
}

/** As of 2026-11: https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html */
const MANAGED: Readonly<Record<string, ManagedWorkflow>> = {
  "build-image": { type: "build", kind: "image", outputs: ["ImageId"] },
  "build-image-with-update-ssm-agent": {
    type: "build",
    kind: "image",
    permissions: [{ kind: "document", target: "AWS-UpdateSSMAgent" }],
  },
  "express-build-image": { type: "build", kind: "image" },
  "test-image": { type: "test", kind: "image", outputs: [] },
  "express-test-image": { type: "test", kind: "image" },
  "distribute-image": { type: "distribution", kind: "image", outputs: [] },
  "build-container": { type: "build", kind: "container", outputs: ["InstanceId"] },
  "express-build-container": { type: "build", kind: "container" },
  "test-container": { type: "test", kind: "container", outputs: [] },
  "distribute-container": { type: "distribution", kind: "container", outputs: [] },
};

/** What is known of a workflow of AWS's; `undefined` for another name. */
export function managedWorkflow(name: string | undefined): ManagedWorkflow | undefined {
  return Object.hasOwn(MANAGED, name ?? "") ? MANAGED[name ?? ""] : undefined;
}

/** Those that may stand somewhere. */
export function managedWorkflowsFor(wanted: Pick<ManagedWorkflow, "type" | "kind">): string[] {
  return Object.entries(MANAGED).flatMap(([name, { type, kind }]) =>
    type === wanted.type && kind === wanted.kind ? name : [],
  );
}
