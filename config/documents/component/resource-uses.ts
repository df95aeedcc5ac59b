/** The buckets and secrets that the steps of a component document use. */

import { type BucketObjects, isLiteral, splitLocation } from "../../aws/buckets";
import { isMap, type RawMap } from "../../raw-map";
import { asText, listIn } from "../raw-document";
import { commandUses } from "./commands";
import { type RawStep, stepsOf, variablesOf } from "./steps";

export type UseKind = "read" | "write" | "secret";

/** A bucket or secret that a step uses with the permissions of the build instance. */
export interface ResourceUse {
  readonly kind: UseKind;
  /** As the document writes it: an `s3://` URI, or the name or ARN of a secret. */
  readonly target: string;
  /** Account that must own the bucket, as the document writes it. @default - any account */
  readonly owner?: string | undefined;
  /** Whether the target is a folder, whether or not it ends with a slash. @default false */
  readonly isFolder?: boolean | undefined;
  /** Whether the target is an input of the step. Otherwise a command contains it. */
  readonly isInput: boolean;
  /** Position of the step in its file. */
  readonly location: string;
}

/** A document that a step runs with the action module ExecuteDocument. */
export interface NestedDocument {
  /** A path, an `s3://` URI or the ARN of a component, as the document writes it. */
  readonly target: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The parts of a component document that decide which buckets and secrets its builds use. */
export interface DocumentUses {
  readonly uses: readonly ResourceUse[];
  readonly nested: readonly NestedDocument[];
  /** Constants, and the defaults of parameters, by name. */
  readonly values: Readonly<Record<string, string>>;
}

/** A component document as other documents name it. */
interface NamedDocument extends DocumentUses {
  readonly name: string;
}

/** AWSTOE runs nested documents up to this depth. */
const MAX_DEPTH = 3;

/** Returns the items of inputs that are a list. One item alone is also accepted. */
function itemsOf(inputs: unknown): RawMap[] {
  return [inputs].flat().filter(isMap);
}

function optionalText(value: unknown): string | undefined {
  return asText(value) || undefined;
}

function inputUses({ action, entry }: RawStep): Omit<ResourceUse, "isInput" | "location">[] {
  const { inputs } = entry;
  switch (action) {
    case "S3Download":
      return itemsOf(inputs).map(({ source, expectedBucketOwner }) => ({
        kind: "read",
        target: asText(source),
        owner: optionalText(expectedBucketOwner),
      }));
    case "S3Upload":
      return itemsOf(inputs).map(({ source, destination, recurse, expectedBucketOwner }) => ({
        kind: "write",
        target: asText(destination),
        owner: optionalText(expectedBucketOwner),
        isFolder: asText(source).includes("*") || asText(recurse) === "true",
      }));
    case "ExecuteDocument": {
      const [{ document, ...others } = {}] = itemsOf(inputs);
      const target = asText(document);
      if (!target.startsWith("s3:")) return [];
      return [{ kind: "read", target, owner: optionalText(others["document-s3-bucket-owner"]) }];
    }
    default:
      return [];
  }
}

function usesIn(step: RawStep, location: string): ResourceUse[] {
  const commands = listIn(step.entry["inputs"], "commands").map(asText);
  return [
    ...inputUses(step).map((use) => ({ ...use, isInput: true, location })),
    ...commands.flatMap(commandUses).map((use) => ({ ...use, isInput: false, location })),
  ];
}

function nestedDocument({ action, entry: { inputs } }: RawStep): NestedDocument[] {
  if (action !== "ExecuteDocument" || !isMap(inputs)) return [];
  const parameters = listIn(inputs, "parameters").filter(isMap);
  return [
    {
      target: asText(inputs["document"]),
      parameters: Object.fromEntries(
        parameters.map(({ name, value }) => [asText(name), asText(value)]),
      ),
    },
  ];
}

/** Returns what the steps of a valid document use. `locationOf` returns the position of a step. */
export function documentUses(raw: unknown, locationOf: (step: RawStep) => string): DocumentUses {
  const steps = stepsOf(raw);
  return {
    uses: steps.flatMap((step) => usesIn(step, locationOf(step))),
    nested: steps.flatMap(nestedDocument),
    values: Object.fromEntries(
      variablesOf(raw).flatMap(({ name, definition }) => {
        const value = definition["value"] ?? definition["default"];
        return value === undefined ? [] : [[name, asText(value)]];
      }),
    ),
  };
}

type Values = Readonly<Record<string, string>>;

/** Replaces parameters and constants by their values. Other expressions stay. */
function substitute(text: string, values: Values): string {
  const known = new Map(Object.entries(values));
  return text.replace(
    /\{\{\s*([\w-]+)\s*\}\}/g,
    (expression, name: string) => known.get(name) ?? expression,
  );
}

/**
 * Returns what a document uses if it is run with these parameters, with everything that the nested
 * documents of the same factory use. `documents` are those of `accountId`, by name.
 */
export function resolveUses(
  document: NamedDocument,
  parameters: Values,
  documents: ReadonlyMap<string, NamedDocument>,
  accountId: string,
  depth = 0,
): ResourceUse[] {
  const values = { ...document.values, ...parameters };
  const own = document.uses.map((use) => ({
    ...use,
    target: substitute(use.target, values),
    owner: use.owner && substitute(use.owner, values),
  }));
  if (depth === MAX_DEPTH) return own;
  const nested = document.nested.flatMap(({ target, parameters: given }) => {
    const [, owner, name = ""] =
      /^arn:[\w-]+:imagebuilder:[^:]*:(\d{12}):component\/([^/]+)\//.exec(
        substitute(target, values),
      ) ?? [];
    const found = owner === accountId ? documents.get(name) : undefined;
    if (!found) return [];
    const resolved = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, substitute(value, values)]),
    );
    return resolveUses(found, resolved, documents, accountId, depth + 1);
  });
  return [...own, ...nested];
}

interface LiteralHead {
  /** Empty if the name of the bucket isn't literal. */
  readonly bucket: string;
  readonly key: string;
  /** Whether the whole URI is literal. */
  readonly isWhole: boolean;
}

/** Returns the part of an `s3://` URI before the first expression, variable or wildcard. */
export function literalHead(target: string): LiteralHead {
  const location = target.replace(/^s3:\/\//, "");
  const [head = ""] = location.split(/\{\{|[$*?%`]/, 1);
  const { bucket, key } = splitLocation(head);
  const isWhole = head === location;
  // The name of a bucket ends where the key starts.
  const isKnown = target !== location && (isWhole || head.includes("/"));
  return isKnown && isLiteral({ bucket, key: "" })
    ? { bucket, key, isWhole }
    : { bucket: "", key: "", isWhole };
}

/**
 * Returns the objects that a use of a bucket names literally; `undefined` if they aren't known
 * before the build. AWSTOE takes a wildcard only at the end of a source:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
 */
export function literalObjects({
  kind,
  target,
  owner,
  isFolder = false,
}: ResourceUse): BucketObjects | undefined {
  if (!target.startsWith("s3://") || (owner !== undefined && !/^\d{12}$/.test(owner)))
    return undefined;
  const { bucket, key } = splitLocation(target.slice("s3://".length));
  const objects =
    kind === "read" ? sourceObjects(bucket, key) : destinationObjects(bucket, key, isFolder);
  return isLiteral(objects) ? { ...objects, ...(owner !== undefined && { owner }) } : undefined;
}

function sourceObjects(bucket: string, key: string): BucketObjects {
  return key.endsWith("*")
    ? { bucket, key: key.slice(0, -1), isPrefix: true }
    : { bucket, key, isPrefix: false };
}

/** Assumed: AWSTOE adds the slash of a folder that the destination leaves out. */
function destinationObjects(bucket: string, key: string, isFolder: boolean): BucketObjects {
  if (key === "" || key.endsWith("/")) return { bucket, key, isPrefix: true };
  return isFolder ? { bucket, key: `${key}/`, isPrefix: true } : { bucket, key, isPrefix: false };
}
