/**
 * A user's text as Terraform has to be given it, so that `${` and `%{` reach AWS as written: CDKTF hands strings on, and
 * Terraform reads these as its own.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function escapeInterpolation(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** The same for every value. */
export function escapeInterpolations(
  texts: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, escapeInterpolation(text)]),
  );
}
