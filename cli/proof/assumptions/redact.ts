/** Removes accounts and identities from a report that others will read. */

/**
 * Principals and policies in ARNs of IAM and STS: of those, only what experiments and AWS created
 * is public.
 */
const IDENTITY =
  /arn:[\w-]+:(?:iam|sts)::\d{12}:(?!(?:role|instance-profile)\/golden-image-factory-prove-|role\/aws-service-role\/)[^\s"'`,;)\]]+/g;

type Replacement = readonly [pattern: RegExp, replacement: string];

const IDENTITIES: readonly Replacement[] = [
  // EC2 appends to its denials who sent the request, in a form that the account can decode.
  [/(encoded authorization failure message:) \S+/gi, "$1 (removed)"],
  [/\b(User:) \S+/g, "$1 PRINCIPAL"],
  [IDENTITY, "PRINCIPAL"],
  [/[^\s"'`:/<(]+@[\w-]+(?:\.[\w-]+)+/g, "EMAIL"],
];

const IDS: readonly Replacement[] = [
  [/(?<!\d)\d{12}(?!\d)/g, "ACCOUNT"],
  [/(?<![\w-])o-[a-z0-9]{10,32}(?!\w)/g, "ORGANIZATION"],
  [/(?<![\w-])ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}(?!\w)/g, "OU"],
  [/(?<![\w-])r-[a-z0-9]{4,32}(?!\w)/g, "ROOT"],
];

/**
 * Replaces account IDs, the IDs of organizations, OUs and roots, the names of principals and
 * policies, and e-mail addresses.
 *
 * @param accounts names of accounts, by their IDs. Other accounts become `ACCOUNT`.
 */
export function redact(text: string, accounts: ReadonlyMap<string, string>): string {
  const names = [...accounts].map(([id, name]): Replacement => [new RegExp(id, "g"), name]);
  // ARNs of principals contain accounts.
  return [...IDENTITIES, ...names, ...IDS].reduce(
    (result, [pattern, replacement]) => result.replace(pattern, replacement),
    text,
  );
}
