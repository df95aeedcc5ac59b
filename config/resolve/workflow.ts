import { managedWorkflow } from "../aws/managed-workflows";
import type { ImageKind, WorkflowType } from "../aws/workflow-steps";
import type { WorkflowDocument } from "../documents/workflow/check";
import { permissionFor } from "../documents/workflow/permissions";
import type { Workflow } from "../model";
import type { Validated } from "../problems";
import type { FactoryFile } from "../schema/factory-file";

type Entry = FactoryFile["images"][string];
type WorkflowEntry = NonNullable<NonNullable<Entry["workflows"]>["tests"]>[number];

function workflowOf(
  type: WorkflowType,
  { awsManaged, document: path, parameters = {}, parallelGroup, onFailure }: WorkflowEntry,
  documents: ReadonlyMap<string, Validated<WorkflowDocument>>,
): Workflow {
  const rest = { type, parameters, parallelGroup, onFailure };
  const read = documents.get(path ?? "");
  if (!read?.value)
    return {
      ...rest,
      source: { awsManaged: awsManaged ?? "" },
      permissions: managedWorkflow(awsManaged)?.permissions ?? [],
    };
  const { value: document } = read;
  const rights = document.requiredPermissions.flatMap(
    (need) => permissionFor(need, parameters, document.parameters) ?? [],
  );
  return { ...rest, source: { document }, permissions: rights };
}

/**
 * All that an image is built with, or nothing where that is up to Image Builder: whoever names one workflow has to name the others too,
 * or an image would be neither built nor tested.
 */
export function resolveWorkflows(
  kind: ImageKind,
  { workflows, tests: { enabled } = { enabled: true } }: Pick<Entry, "workflows" | "tests">,
  documents: ReadonlyMap<string, Validated<WorkflowDocument>>,
): Workflow[] {
  if (!workflows) return [];
  const {
    build = { awsManaged: `build-${kind}` },
    tests = enabled ? [{ awsManaged: `test-${kind}` }] : [],
    distribution,
  } = workflows;
  return [
    workflowOf("build", build, documents),
    ...tests.map((test) => workflowOf("test", test, documents)),
    ...(distribution ? [workflowOf("distribution", distribution, documents)] : []),
  ];
}
