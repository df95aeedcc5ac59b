import * as z from "zod";
import { matching } from "../schema-blocks";

/**
 * Schemas that the inputs of component action modules and of workflow step actions have in common.
 * An expression, `{{ … }}`, can stand for any value, because Image Builder replaces it during a
 * build. As of 2026-11-27:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html and
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-dynamic-vars.html
 */

/**
 * Validates each value with the schema that `choose` returns for it. Unlike a union, it reports
 * only the problems of the intended alternative.
 */
export function chosenBy(choose: (value: unknown) => z.ZodType): z.ZodType {
  return z.unknown().check((context) => {
    const { error } = choose(context.value).safeParse(context.value, { reportInput: true });
    for (const issue of error?.issues ?? [])
      context.issues.push({ ...issue, continue: true } as z.core.$ZodRawIssue);
  });
}

const EXPRESSION = /\{\{.*\}\}/s;
const expression = z.string();

/** Accepts what `schema` accepts, and expressions. */
export function orExpression(schema: z.ZodType): z.ZodType {
  const isExpression = (value: unknown) => typeof value === "string" && EXPRESSION.test(value);
  return chosenBy((value) => (isExpression(value) ? expression : schema));
}

/** Returns whether YAML reads a text with a colon, such as `echo a: b`, as a map with one key. */
function isTextWithColon(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const [key = "", ...others] = Object.keys(value);
  return others.length === 0 && key.includes(" ");
}

/** Any string, the empty one included. */
export const anyString = z.string({
  error: ({ input }) =>
    isTextWithColon(input)
      ? "must be a string: quote it, because YAML reads the text before ': ' as a key"
      : "must be a string",
});

export const nonEmptyString = anyString.min(1, "must not be empty");

/** A list of at least one string. */
export function listOfStrings(item: z.ZodString) {
  return z
    .array(item, { error: "must be a list of strings" })
    .min(1, "must contain at least one item");
}

/**
 * Any list but the empty one. The items are what AWS's API documents; Terraform doesn't see them.
 */
export const nonEmptyList = z
  .array(z.unknown(), { error: "must be a list of at least one item" })
  .min(1, "must be a list of at least one item");

export const boolean = z.boolean({ error: "must be true or false" });

export function oneOf<const T extends readonly string[]>(...names: T) {
  const others = names.slice(0, -1).join(", ");
  const last = names.at(-1);
  return z.enum(names, { error: `must be ${others === "" ? last : `${others} or ${last}`}` });
}

/**
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LaunchTemplateConfiguration.html
 */
export const launchTemplateId = matching(
  "a launch template ID with 17 characters after lt-, such as lt-0123456789abcdef0 (Image Builder doesn't accept older IDs with 8)",
  /^lt-[0-9a-f]{17}$/,
);

export const accountId = orExpression(matching("an account ID of 12 digits", /^\d{12}$/));
