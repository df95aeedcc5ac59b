/**
 * The form of evidence. A trusted key signs it, but another program than the recorder may use it.
 */

import * as z from "zod";
import type { PackageList, Statement } from "../contract/evidence";

const Descriptor = z.looseObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: z.record(z.string(), z.string()).optional(),
});

/** The fields of a statement that are checked or printed. */
const StatementForm = z.looseObject({
  _type: z.string(),
  subject: z.array(Descriptor),
  predicateType: z.string(),
  predicate: z.looseObject({
    buildDefinition: z.looseObject({
      buildType: z.string(),
      externalParameters: z.looseObject({ recipe: z.string() }),
      internalParameters: z.record(z.string(), z.string()),
      resolvedDependencies: z.array(Descriptor),
    }),
    runDetails: z.looseObject({
      builder: z.looseObject({ id: z.string() }),
      metadata: z.looseObject({ invocationId: z.string() }),
      byproducts: z.array(Descriptor),
    }),
  }),
});

const PackagesForm = z.looseObject({ build: z.string(), packages: z.array(z.unknown()) });

function describe({ issues: [issue] }: z.ZodError): string {
  return [issue?.path.join("."), issue?.message].filter((text) => text !== "").join(": ");
}

/** Returns a statement, or why a value isn't one. */
export function readStatement(value: unknown): Statement | string {
  const { data, error } = StatementForm.safeParse(value);
  return data ? (data as unknown as Statement) : describe(error);
}

/** Returns a package list, or why a value isn't one. */
export function readPackageList(value: unknown): PackageList | string {
  const { data, error } = PackagesForm.safeParse(value);
  return data ? (data as unknown as PackageList) : describe(error);
}
