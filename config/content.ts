/** What a component's or recipe's version stands for: everything that Image Builder would refuse to change under it. */
import { createHash } from "node:crypto";
import type { Platform } from "./base-images";
import type { ComponentDocument } from "./document/check";
import { type Account, type Baked, bakedBy, type Component, type Container, type Image } from "./factory";
import { currentVersion, type Entries } from "./ledger";
import type { WorkflowType } from "./workflow/actions";
import type { WorkflowDocument } from "./workflow/check";

/** Digests by input, so that a reader of the ledger's change sees what it was about. */
export type Digests = Readonly<Record<string, string>>;

/** Goes up when the modules come to render a component or recipe in another way, which needs new versions of all. */
const RENDERING = 1;

/** JSON in which the order of keys doesn't matter. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** Of 64 bits: enough to see a change, which nobody has a reason to forge. What isn't given has no digest. */
const digests = (inputs: Readonly<Record<string, unknown>>): Digests =>
  Object.fromEntries(
    Object.entries({ ...inputs, rendering: RENDERING }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16)]],
    ),
  );

export const componentDigests = ({ sha256, description }: ComponentDocument, platform: Platform): Digests =>
  digests({ document: sha256, description, platform });

const resolved = (component: Component, components: Entries): unknown => {
  if (component.kind !== "document") return component;
  const { name } = component.document;
  return { kind: "document", name, version: currentVersion(components, name), parameters: component.parameters };
};

/** An app's golden parent is named with the account that it is in. */
const resolvedParent = (image: Image | Container, shared: Account): unknown =>
  image.parent.kind === "golden" && !bakedBy(shared).includes(image) ? { ...image.parent, account: shared.id } : image.parent;

/** `components` are the ledger's, brought up to date before. */
export const recipeDigests = (image: Image | Container, components: Entries, shared: Account): Digests => {
  const { description, workingDirectory } = image;
  return digests({
    parent: resolvedParent(image, shared),
    components: image.components.map((component) => resolved(component, components)),
    ...(image.kind === "image" ? ofImage(image) : ofContainer(image)),
    workingDirectory,
    description,
  });
};

const ofImage = ({ rootVolume, volumes, userData, removeSsmAgent }: Image) => ({
  rootVolume,
  // Without any of these it is what it was before there were any.
  volumes: volumes.length > 0 ? volumes : undefined,
  userData,
  removeSsmAgent: removeSsmAgent || undefined,
});

const ofContainer = ({ dockerfile, hostVolume, architecture }: Container) => ({ dockerfile, hostVolume, architecture });

/** What some images are made with, each document once, with the platform that it is for. */
export const documentsOf = (
  images: readonly Pick<Baked, "platform" | "components">[],
): (ComponentDocument & { platform: Platform })[] => {
  const all = images.flatMap(({ platform, components }) =>
    components.flatMap((component) => (component.kind === "document" ? { ...component.document, platform } : [])),
  );
  return [...new Map(all.map((document) => [document.name, document])).values()];
};

/** The workflow documents of some images, each once for what it is used for. */
export const workflowDocumentsOf = (images: readonly Pick<Baked, "workflows">[]): (WorkflowDocument & { key: string })[] => {
  const all = images
    .flatMap(({ workflows }) => workflows)
    .flatMap(({ type, source }) =>
      "document" in source ? { ...source.document, key: workflowKey(type, source.document) } : [],
    );
  return [...new Map(all.map((document) => [document.key, document])).values()];
};

/** A workflow's line in the ledger. */
export const workflowKey = (type: WorkflowType, { name }: Pick<WorkflowDocument, "name">): string => `${type}:${name}`;

export const workflowDigests = ({ sha256, description }: WorkflowDocument): Digests =>
  digests({ document: sha256, description });
