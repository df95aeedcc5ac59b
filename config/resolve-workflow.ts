import type { Workflow } from "./factory";
import type { FactoryFile } from "./schema";
import type { Judged } from "./text-file";
import type { ImageKind, WorkflowType } from "./workflow/actions";
import type { WorkflowDocument } from "./workflow/check";
import { managedWorkflow } from "./workflow/managed";
import { rightTo } from "./workflow/needs";

type Entry = FactoryFile["images"][string];
type WorkflowEntry = NonNullable<NonNullable<Entry["workflows"]>["tests"]>[number];

const workflowOf = (
  type: WorkflowType,
  { awsManaged, document: path, parameters = {}, parallelGroup, onFailure }: WorkflowEntry,
  documents: ReadonlyMap<string, Judged<WorkflowDocument>>,
): Workflow => {
  const rest = { type, parameters, parallelGroup, onFailure };
  const read = documents.get(path ?? "");
  if (!read || !("document" in read))
    return { ...rest, source: { awsManaged: awsManaged ?? "" }, rights: managedWorkflow(awsManaged)?.rights ?? [] };
  const { document } = read;
  const rights = document.needs.flatMap((need) => rightTo(need, parameters, document.parameters) ?? []);
  return { ...rest, source: { document }, rights };
};

/**
 * All that an image is built with, or nothing where that is up to Image Builder: whoever names one workflow has to name the others too,
 * or an image would be neither built nor tested.
 */
export const workflowsOf = (
  kind: ImageKind,
  { workflows, tests: { enabled } = { enabled: true } }: Pick<Entry, "workflows" | "tests">,
  documents: ReadonlyMap<string, Judged<WorkflowDocument>>,
): Workflow[] => {
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
};
