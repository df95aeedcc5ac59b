/**
 * Escapes `${` and `%{`, so that they reach AWS as written. CDKTF passes strings on unchanged, and
 * Terraform would evaluate these as template sequences.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function escapeInterpolation(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** Escapes every value, see {@link escapeInterpolation}. */
export function escapeInterpolations(
  texts: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, escapeInterpolation(text)]),
  );
}
