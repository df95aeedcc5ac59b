/** Names of errors about missing permissions. EC2, S3 and IAM answer with the status 403 too. */
const DENIED =
  /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException|Forbidden|ForbiddenException|UnauthorizedOperation)$/;

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number | undefined } | undefined;
}

/** Returns whether AWS answered that a permission is missing. */
export function isDenied({ name, $metadata }: Pick<AwsError, "name" | "$metadata">): boolean {
  return DENIED.test(name) || $metadata?.httpStatusCode === 403;
}
