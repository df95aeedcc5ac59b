import type { Permission } from "./workflow-permissions";
import type { ImageKind, WorkflowType } from "./workflow-steps";

export interface ManagedWorkflow {
  readonly type: WorkflowType;
  readonly kind: ImageKind;
  /** Outputs that later workflows can use. @default - AWS doesn't document them */
  readonly outputs?: readonly string[];
  /** Permissions that it needs in addition to AWS's managed policy. @default - none */
  readonly permissions?: readonly Permission[];
}

/**
 * As of 2026-11-27:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html
 */
const MANAGED_WORKFLOWS: Readonly<Record<string, ManagedWorkflow>> = {
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

/** Returns an AWS-managed workflow; `undefined` for a name that isn't in the table. */
export function managedWorkflow(name: string | undefined): ManagedWorkflow | undefined {
  return name !== undefined && Object.hasOwn(MANAGED_WORKFLOWS, name)
    ? MANAGED_WORKFLOWS[name]
    : undefined;
}

/** Returns the names of the AWS-managed workflows of a type, for images or for containers. */
export function managedWorkflowsFor({
  type,
  kind,
}: Pick<ManagedWorkflow, "type" | "kind">): string[] {
  return Object.entries(MANAGED_WORKFLOWS)
    .filter(([, workflow]) => workflow.type === type && workflow.kind === kind)
    .map(([name]) => name);
}
