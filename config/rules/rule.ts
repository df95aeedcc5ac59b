import { partitionOf } from "../aws/arns";
import type { WorkflowDocument } from "../documents/workflow/check";
import type { Channel, Component, Container, Image, OwnComponent, Workflow } from "../model";
import { nearMatch } from "../near-match";
import type { Path, Problem } from "../problems";
import type { AccountEntry, Resolved } from "../resolve/context";
import type { Resolution } from "../resolve/factory";
import type { ValidEntries } from "../resolve/valid-entries";
import type { ComponentEntry } from "../schema/buildable";
import type { FactoryFile } from "../schema/factory-file";

/** Valid entries of a factory file, resolved. Rules check these. */
export interface RuleContext {
  readonly file: FactoryFile;
  readonly shared: AccountEntry;
  readonly accounts: readonly AccountEntry[];
  readonly appsWithImages: ReadonlySet<string>;
  /** Golden images that could be resolved, whether their files are valid or not. */
  readonly goldenImages: readonly Image[];
  /** Whether every golden image could be resolved. */
  readonly allGoldenResolved: boolean;
  readonly images: readonly Resolved<Image>[];
  readonly containers: readonly Resolved<Container>[];
  /** `images`, then `containers`. */
  readonly buildables: readonly Resolved[];
}

/** Reports a problem. `key` is relative to what the rule applies to. */
export type Report = (key: PropertyKey | Path, message: string, got?: unknown) => void;

/** Something that must be true of a factory file, in addition to its schema. */
export interface Rule {
  /** Appears in messages and in docs/reference/rules.md. */
  readonly id: string;
  readonly severity: "error" | "warning";
  /** Condition that must be true, and its reason. */
  readonly description: string;
  /** The page of AWS that it rests on. */
  readonly source?: string;
  readonly appliesTo: string;
  readonly check: (context: RuleContext) => Problem[];
}

/** Scope of a rule: its name, and all of its subjects in a file. */
interface Scope<T extends { readonly path: Path }> {
  readonly name: string;
  readonly of: (context: RuleContext) => readonly T[];
}

/**
 * Defines a scope. It is listed once for each file, because rules that compare look at all of it
 * for each of it.
 */
function scope<T extends { readonly path: Path }>(
  name: string,
  list: (context: RuleContext) => readonly T[],
): Scope<T> {
  const lists = new WeakMap<RuleContext, readonly T[]>();
  const of = (context: RuleContext): readonly T[] => {
    const known = lists.get(context) ?? list(context);
    lists.set(context, known);
    return known;
  };
  return { name, of };
}

interface RuleDefinition<T extends { readonly path: Path }>
  extends Pick<Rule, "id" | "description" | "source"> {
  /** @default "error" */
  readonly severity?: Rule["severity"];
  readonly each: Scope<T>;
  readonly check: (subject: T, report: Report, context: RuleContext) => void;
}

/** Defines a rule that is checked for each of a scope. */
export function rule<T extends { readonly path: Path }>({
  id,
  severity = "error",
  description,
  source,
  each,
  check,
}: RuleDefinition<T>): Rule {
  return {
    id,
    severity,
    description,
    ...(source !== undefined && { source }),
    appliesTo: each.name,
    check: (context) => {
      const problems: Problem[] = [];
      for (const subject of each.of(context)) {
        const report: Report = (key, message, got) => {
          const path = [...subject.path, ...(Array.isArray(key) ? key : [key])];
          problems.push({ path, message, rule: id, severity, ...(got !== undefined && { got }) });
        };
        check(subject, report, context);
      }
      return problems;
    },
  };
}

export const wholeFile = scope<{ readonly path: Path }>("the file", () => [{ path: [] }]);

export const accounts = scope<AccountEntry>("accounts", (context) => context.accounts);

export const appAccounts = scope<AccountEntry>("app accounts", ({ accounts: all, shared }) =>
  all.filter((account) => account !== shared),
);

export const images = scope<Resolved<Image>>("images", (context) => context.images);

export const containers = scope<Resolved<Container>>("containers", (context) => context.containers);

export const buildables = scope<Resolved>("images and containers", (context) => context.buildables);

/** Images and containers whose files are all valid, for rules that look at what is in the files. */
export const completeBuildables = scope<Resolved>("images and containers", (context) =>
  context.buildables.filter(({ isComplete }) => isComplete),
);

/** A channel of a golden image or container. */
export interface ChannelSubject extends Resolved {
  readonly channel: Channel;
}

export const channels = scope<ChannelSubject>("channels", (context) =>
  context.buildables.flatMap((resolved) =>
    resolved.image.channels.map((channel) => ({
      ...resolved,
      channel,
      path: [...resolved.path, "share", "channels", channel.name],
    })),
  ),
);

/** A component of an image or container. */
export interface ComponentSubject extends Resolved {
  readonly component: Component;
  readonly index: number;
}

export const components = scope<ComponentSubject>("components", (context) =>
  completeBuildables.of(context).flatMap((resolved) =>
    resolved.image.components.map((component, index) => ({
      ...resolved,
      component,
      index,
      path: [...resolved.path, "components", index],
    })),
  ),
);

export interface ComponentDocumentSubject extends ComponentSubject {
  readonly given: Extract<ComponentEntry, { kind: "document" }>;
  readonly document: OwnComponent;
  /** Path of the document, as the factory file gives it. */
  readonly file: string;
}

export const componentDocuments = scope<ComponentDocumentSubject>(
  "component documents",
  (context) =>
    components.of(context).flatMap((subject) => {
      const { component, entry, index } = subject;
      const given = entry.components[index];
      if (component.kind !== "document" || given?.kind !== "document") return [];
      return [{ ...subject, given, document: component.document, file: given.path }];
    }),
);

/** A workflow of an image or container that the factory file gives. */
export interface WorkflowSubject extends Resolved {
  readonly workflow: Workflow;
}

export const workflows = scope<WorkflowSubject>("workflows", (context) =>
  completeBuildables
    .of(context)
    .flatMap((resolved) =>
      resolved.image.workflows.flatMap((workflow) =>
        workflow.path
          ? [{ ...resolved, workflow, path: [...resolved.path, ...workflow.path] }]
          : [],
      ),
    ),
);

export interface WorkflowDocumentSubject extends WorkflowSubject {
  readonly document: WorkflowDocument;
  /** Path of the document, as the factory file gives it. */
  readonly file: string;
}

export const workflowDocuments = scope<WorkflowDocumentSubject>("workflow documents", (context) =>
  workflows.of(context).flatMap((subject) => {
    const { source, type, path } = subject.workflow;
    const given = subject.entry.workflows;
    const entry = type === "test" ? given?.tests?.[Number(path?.at(-1))] : given?.[type];
    if (!("document" in source) || entry?.document === undefined) return [];
    return [{ ...subject, document: source.document, file: entry.document }];
  }),
);

/** A volume of an image in addition to the root volume, as the factory file gives it. */
export interface VolumeSubject extends Resolved<Image> {
  readonly volume: NonNullable<Resolved<Image>["entry"]["volumes"]>[number];
  readonly index: number;
}

export const volumes = scope<VolumeSubject>("volumes", (context) =>
  context.images.flatMap((resolved) =>
    (resolved.entry.volumes ?? []).map((volume, index) => ({
      ...resolved,
      volume,
      index,
      path: [...resolved.path, "volumes", index],
    })),
  ),
);

/** Prepares what rules check. */
export function ruleContext(
  { file, invalidGolden, appsWithImages }: ValidEntries,
  { accounts: all, factory: { shared: sharedAccount }, ...resolution }: Resolution,
): RuleContext {
  const { images, containers } = resolution;
  const [shared] = all;
  if (!shared) throw new Error("the shared account isn't resolved");
  return {
    file,
    shared,
    accounts: all,
    appsWithImages,
    goldenImages: sharedAccount.images,
    allGoldenResolved:
      invalidGolden.image.size === 0 &&
      sharedAccount.images.length === Object.keys(file.images).length,
    images,
    containers,
    buildables: [...images, ...containers],
  };
}

/** Returns whether an image or container is a golden one. */
export function isGolden({ account }: Resolved, { shared }: RuleContext): boolean {
  return account === shared;
}

/** Returns whether an undeclared parameter that is given probably means `name`. */
export function isMistyped(
  name: string,
  given: Readonly<Record<string, string>>,
  declared: readonly string[],
): boolean {
  return Object.keys(given).some(
    (other) => !declared.includes(other) && nearMatch(other, declared) === name,
  );
}

/**
 * Returns what is wrong with an ARN of the factory file for a Region that builds the image;
 * `undefined` if nothing is. `{region}` stands for that Region.
 */
export function arnProblem(
  arn: string,
  built: string,
  { regions }: Pick<Image, "regions">,
): string | undefined {
  const [, partition, , region] = arn.split(":");
  const isThere = region === built || region === "{region}";
  if (isThere && partition === partitionOf(built)) return undefined;
  const problem = `must be in ${built} (partition ${partitionOf(built)}), which builds the image`;
  return regions.length > 1 ? `${problem}. Write {region} instead of the Region` : problem;
}

/** Returns the names of things as a list: `a, b`. */
export function listOf(names: Iterable<string>, none = "none"): string {
  return [...names].join(", ") || none;
}
