/**
 * A user's text as Terraform has to be given it, so that `${` and `%{` reach AWS as written: CDKTF hands strings on, and
 * Terraform reads these as its own.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export const literal = (text: string): string => text.replace(/[$%](?=\{)/g, "$&$&");

/** The same for every value. */
export const literals = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, literal(text)]));
