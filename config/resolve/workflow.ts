import { managedWorkflow } from "../aws/managed-workflows";
import type { ImageKind, WorkflowType } from "../aws/workflow-steps";
import { permissionFor } from "../documents/workflow/permissions";
import type { Workflow } from "../model";
import type { Path } from "../problems";
import type { ContainerEntry } from "../schema/container";
import type { ImageEntry } from "../schema/image";
import type { ResolveContext } from "./context";
import type { FileReferences } from "./file-references";

type WorkflowEntries = NonNullable<ImageEntry["workflows"]>;
type WorkflowEntry = NonNullable<WorkflowEntries["build"]> &
  Partial<NonNullable<WorkflowEntries["tests"]>[number]>;

function resolveWorkflow(
  type: WorkflowType,
  entry: WorkflowEntry,
  path: Path,
  context: ResolveContext,
  references: FileReferences,
): Workflow | undefined {
  const { awsManaged, document: file, parameters, parallelGroup, onFailure } = entry;
  const common = { type, path, parameters, parallelGroup, onFailure };
  if (awsManaged !== undefined) {
    const permissions = managedWorkflow(awsManaged)?.permissions ?? [];
    return { ...common, source: { awsManaged }, permissions };
  }
  const document = references.resolve(context.files.workflows, file as string, ...path, "document");
  if (!document) return undefined;
  const permissions = document.requiredPermissions.flatMap(
    (permission) => permissionFor(permission, parameters, document.parameters) ?? [],
  );
  return { ...common, source: { document }, permissions };
}

function defaultWorkflow(type: WorkflowType, kind: ImageKind): Workflow {
  return {
    type,
    source: { awsManaged: `${type}-${kind}` },
    parameters: {},
    ...(type === "test" && { onFailure: "abort" }),
    permissions: [],
  };
}

/**
 * Resolves the workflows of an image. Without `workflows` there are none, because Image Builder
 * then runs its defaults. With `workflows` Image Builder runs only what is listed, so that AWS's
 * build and test workflows are added unless the entry replaces them.
 */
export function resolveWorkflows(
  kind: ImageKind,
  { workflows, tests: { enabled } }: ImageEntry | ContainerEntry,
  context: ResolveContext,
  references: FileReferences,
): Workflow[] {
  if (!workflows) return [];
  const { build, tests, distribution } = workflows;
  const resolve = (
    type: WorkflowType,
    entry: WorkflowEntry,
    ...path: PropertyKey[]
  ): Workflow[] => {
    const workflow = resolveWorkflow(type, entry, ["workflows", ...path], context, references);
    return workflow ? [workflow] : [];
  };
  const defaultTests = enabled ? [defaultWorkflow("test", kind)] : [];
  return [
    ...(build ? resolve("build", build, "build") : [defaultWorkflow("build", kind)]),
    ...(tests?.flatMap((test, index) => resolve("test", test, "tests", index)) ?? defaultTests),
    ...(distribution ? resolve("distribution", distribution, "distribution") : []),
  ];
}
