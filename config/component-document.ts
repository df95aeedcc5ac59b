import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { parseDocument } from "yaml";
import * as z from "zod";

/** A component document (AWSTOE): https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html */
export interface ComponentDocument {
  /** The file's name without its ending. */
  readonly name: string;
  readonly file: string;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
}

interface Parameter {
  readonly name: string;
  /** Whether the recipe has to give it a value. */
  readonly required: boolean;
}

const Parameters = z.array(z.record(z.string(), z.looseObject({ default: z.unknown().optional() })));
const Document = z.looseObject({ description: z.string().optional(), parameters: Parameters.default([]) });

export const documentName = (file: string): string => basename(file, extname(file));

/** A document, or why there is none. */
export type ReadDocument = { readonly document: ComponentDocument } | { readonly problem: string };

/** Reads a document, as far as the factory needs to understand it. */
export const readComponentDocument = (file: string): ReadDocument => {
  if (!existsSync(file)) return { problem: "there is no such file" };
  const bytes = readFileSync(file);
  const yaml = parseDocument(bytes.toString("utf8"));
  const { success, data } = Document.safeParse(yaml.errors.length > 0 ? undefined : yaml.toJS());
  return success
    ? { document: documentOf(file, bytes, data) }
    : { problem: `isn't a component document${yaml.errors.map(({ message }) => `: ${message.split(/:?\n/)[0]}`).join("")}` };
};

const documentOf = (
  file: string,
  bytes: Buffer,
  { description, parameters }: z.output<typeof Document>,
): ComponentDocument => ({
  name: documentName(file),
  file,
  sha256: createHash("sha256").update(bytes).digest("hex"),
  description,
  parameters: parameters.flatMap((entry) =>
    Object.entries(entry).map(([name, { default: fallback }]) => ({ name, required: fallback === undefined })),
  ),
});
