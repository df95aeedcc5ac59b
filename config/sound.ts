import * as z from "zod";
import { FactoryFile } from "./schema/factory-file";

/** What is left of a value when everything in it that is wrong in itself is left out. */
export type Sound<T> = T extends readonly (infer Item)[]
  ? readonly (Sound<Item> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Sound<T[K]> | undefined }
    : T;

function unwrapped(schema: z.ZodType): z.ZodType {
  const { def } = schema as z.ZodType & { def: { innerType?: z.ZodType } };
  return def.innerType ? unwrapped(def.innerType) : schema;
}

/** `schema` without its rules, in which whatever doesn't fit becomes `undefined`, and nothing around it. */
function sound(schema: z.ZodType): z.ZodType {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject) {
    const shape = Object.entries<z.ZodType>(inner.shape).map(([key, value]) => [key, sound(value)]);
    return z.object(Object.fromEntries(shape)).optional().catch(undefined);
  }
  if (inner instanceof z.ZodRecord)
    return z
      .record(z.string(), sound(inner.valueType as z.ZodType))
      .optional()
      .catch(undefined);
  if (inner instanceof z.ZodArray)
    return z
      .array(sound(inner.element as z.ZodType))
      .optional()
      .catch(undefined);
  return schema.optional().catch(undefined);
}

/** The sound parts of a factory file, so that the rules between parts can be checked in the same round as the parts. */
export function soundParts(raw: unknown): Sound<FactoryFile> {
  return (sound(FactoryFile).parse(raw) ?? {}) as Sound<FactoryFile>;
}
