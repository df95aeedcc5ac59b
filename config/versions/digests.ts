/**
 * Digests of the content of components, recipes and workflows: everything that Image Builder
 * doesn't let change in a version.
 */

import { createHash } from "node:crypto";
import type { Platform } from "../aws/base-images";
import type { WorkflowType } from "../aws/workflow-steps";
import { PLACEHOLDERS_ONLY } from "../documents/dockerfile";
import type { WorkflowDocument } from "../documents/workflow/check";
import {
  type Account,
  type BuildableBase,
  buildablesOf,
  type Component,
  type Container,
  type DataVolume,
  type Image,
  type OwnComponent,
} from "../model";
import { currentVersion, type Entries } from "./lock-file";

/** Digests by input, so that a diff of the version lock file shows which inputs changed. */
export type InputDigests = Readonly<Record<string, string>>;

/**
 * Raised when the modules render components or recipes differently, which requires new versions of
 * all of them.
 */
const RENDERER_VERSION = 1;

/**
 * The same for container recipes with the default Dockerfile for Linux. Others don't get new
 * versions if only this Dockerfile changes. 2: `USER root` before the components.
 */
const LINUX_DOCKERFILE_RENDERER_VERSION = 2;

/** JSON in which the order of keys doesn't matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * 64 bits are enough to detect a change: a forged digest is of no use to an attacker. Inputs that
 * aren't given have no digest.
 */
function digests(
  inputs: Readonly<Record<string, unknown>>,
  rendering = RENDERER_VERSION,
): InputDigests {
  return Object.fromEntries(
    Object.entries({ ...inputs, rendering }).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[name, createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16)]],
    ),
  );
}

export function componentDigests(
  { sha256, description, supportedOsVersions }: Omit<OwnComponent, "name">,
  platform: Platform,
): InputDigests {
  return digests({
    document: sha256,
    description,
    platform,
    supportedOsVersions: supportedOsVersions && [...supportedOsVersions].sort(),
  });
}

/*
 * Projections of the model. A digest is a hash of these objects with their key names, so the names
 * here are frozen: a new name would issue a new version of unchanged content to every factory. A
 * key that is added later stays `undefined` where it isn't used.
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
    case "arn":
      return { kind: "arn", arn: parent.arn };
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

function hostAmiInput(hostAmi: Container["hostAmi"]): unknown {
  switch (hostAmi?.kind) {
    case "ssm":
      return { kind: "ssm", path: hostAmi.path };
    case "ami":
      return { kind: "ami", amis: hostAmi.amis };
    case undefined:
      return undefined;
  }
}

function containerInputs({ dockerfile, hostAmi, hostVolume, architecture }: Container) {
  return {
    // The default is recorded as the placeholders, whatever the renderer adds to them.
    dockerfile: dockerfile ?? PLACEHOLDERS_ONLY,
    hostAmi: hostAmiInput(hostAmi),
    hostVolume: volumeInput(hostVolume),
    architecture,
  };
}

function rendererVersionOf(image: Image | Container): number {
  const hasDefault = image.kind === "container" && image.dockerfile === undefined;
  return hasDefault && image.platform === "Linux"
    ? LINUX_DOCKERFILE_RENDERER_VERSION
    : RENDERER_VERSION;
}

/**
 * Digests of a recipe's inputs. `components` are the entries of the lock file, brought up to date
 * before.
 */
export function recipeDigests(
  image: Image | Container,
  components: Entries,
  shared: Account,
): InputDigests {
  const owner = buildablesOf(shared).includes(image) ? undefined : shared.id;
  const inputs = {
    parent: parentInput(image, owner),
    components: image.components.map((component) => componentInput(component, components)),
    ...(image.kind === "image" ? imageInputs(image) : containerInputs(image)),
    workingDirectory: image.workingDirectory,
    description: image.description,
  };
  return digests(inputs, rendererVersionOf(image));
}

/** Returns the component documents of images, each once, with the platform that it is for. */
export function componentDocumentsOf(
  images: readonly Pick<BuildableBase, "platform" | "components">[],
): (OwnComponent & { platform: Platform })[] {
  const all = images.flatMap(({ platform, components }) =>
    components.flatMap((component) =>
      component.kind === "document" ? { ...component.document, platform } : [],
    ),
  );
  return [...new Map(all.map((document) => [document.name, document])).values()];
}

/** Returns the workflow documents of images, each once per type. */
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

/** Returns a workflow's name in the version lock file. */
export function workflowKey(type: WorkflowType, { name }: Pick<WorkflowDocument, "name">): string {
  return `${type}:${name}`;
}

export function workflowDigests({ sha256, description }: WorkflowDocument): InputDigests {
  return digests({ document: sha256, description });
}
