/** What a component's or recipe's version stands for: everything that Image Builder would refuse to change under it. */
import { createHash } from "node:crypto";
import type { Platform } from "../aws/base-images";
import type { WorkflowType } from "../aws/workflow-steps";
import type { ComponentDocument } from "../documents/component/check";
import type { WorkflowDocument } from "../documents/workflow/check";
import {
  type Account,
  type BuildableBase,
  buildablesOf,
  type Component,
  type Container,
  type DataVolume,
  type Image,
} from "../model";
import { currentVersion, type Entries } from "./lock-file";

/** Digests by input, so that a reader of the ledger's change sees what it was about. */
export type InputDigests = Readonly<Record<string, string>>;

/** Goes up when the modules come to render a component or recipe in another way, which needs new versions of all. */
const RENDERER_VERSION = 1;

/** JSON in which the order of keys doesn't matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Of 64 bits: enough to see a change, which nobody has a reason to forge. What isn't given has no digest. */
function digests(inputs: Readonly<Record<string, unknown>>): InputDigests {
  return Object.fromEntries(
    Object.entries({ ...inputs, rendering: RENDERER_VERSION }).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[name, createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16)]],
    ),
  );
}

export function componentDigests(
  { sha256, description }: ComponentDocument,
  platform: Platform,
): InputDigests {
  return digests({ document: sha256, description, platform });
}

/*
 * Projections of the model. A digest is a hash of these objects with their key names, so the names here are frozen: a new name would
 * issue a new version of unchanged content to every factory. A key that is added later stays `undefined` where it isn't used.
 */

function componentInput(component: Component, components: Entries): unknown {
  const { parameters } = component;
  switch (component.kind) {
    case "awsManaged":
      return { kind: "awsManaged", name: component.name, version: component.version, parameters };
    case "document": {
      const { name } = component.document;
      return { kind: "document", name, version: currentVersion(components, name), parameters };
    }
    case "arn":
      return { kind: "arn", arn: component.arn, parameters };
  }
}

/** The golden parent of an app account's image is named with the account that owns it. */
function parentInput({ parent }: Image | Container, owner: string | undefined): unknown {
  switch (parent.kind) {
    case "golden":
      return { kind: "golden", name: parent.name, version: parent.version, account: owner };
    case "awsManaged":
      return { kind: "awsManaged", name: parent.name, version: parent.version };
    case "ssm":
      return { kind: "ssm", path: parent.path };
    case "marketplace":
      return { kind: "marketplace", product: parent.product };
    case "ami":
      return { kind: "ami", amis: parent.amis };
    case "registry":
      return { kind: "registry", uri: parent.uri };
  }
}

function volumeInput({
  device,
  sizeGib,
  type,
  iops,
  throughputMibps,
  snapshots,
}: DataVolume): unknown {
  return { device, sizeGib, type, iops, throughputMibps, snapshots };
}

function imageInputs({ rootVolume, volumes, userData, removeSsmAgent }: Image) {
  return {
    rootVolume: volumeInput(rootVolume),
    // Omitted when empty, so that digests from before these options stay valid.
    volumes: volumes.length > 0 ? volumes.map(volumeInput) : undefined,
    userData,
    removeSsmAgent: removeSsmAgent || undefined,
  };
}

function containerInputs({ dockerfile, hostVolume, architecture }: Container) {
  return { dockerfile, hostVolume: volumeInput(hostVolume), architecture };
}

/** Digests of a recipe's inputs. `components` are the entries of the lock file, brought up to date before. */
export function recipeDigests(
  image: Image | Container,
  components: Entries,
  shared: Account,
): InputDigests {
  const owner = buildablesOf(shared).includes(image) ? undefined : shared.id;
  return digests({
    parent: parentInput(image, owner),
    components: image.components.map((component) => componentInput(component, components)),
    ...(image.kind === "image" ? imageInputs(image) : containerInputs(image)),
    workingDirectory: image.workingDirectory,
    description: image.description,
  });
}

/** What some images are made with, each document once, with the platform that it is for. */
export function componentDocumentsOf(
  images: readonly Pick<BuildableBase, "platform" | "components">[],
): (ComponentDocument & { platform: Platform })[] {
  const all = images.flatMap(({ platform, components }) =>
    components.flatMap((component) =>
      component.kind === "document" ? { ...component.document, platform } : [],
    ),
  );
  return [...new Map(all.map((document) => [document.name, document])).values()];
}

/** The workflow documents of some images, each once for what it is used for. */
export function workflowDocumentsOf(
  images: readonly Pick<BuildableBase, "workflows">[],
): (WorkflowDocument & { key: string })[] {
  const all = images
    .flatMap(({ workflows }) => workflows)
    .flatMap(({ type, source }) =>
      "document" in source ? { ...source.document, key: workflowKey(type, source.document) } : [],
    );
  return [...new Map(all.map((document) => [document.key, document])).values()];
}

/** A workflow's line in the ledger. */
export function workflowKey(type: WorkflowType, { name }: Pick<WorkflowDocument, "name">): string {
  return `${type}:${name}`;
}

export function workflowDigests({ sha256, description }: WorkflowDocument): InputDigests {
  return digests({ document: sha256, description });
}
