/**
 * Payload of a direct invocation of the share updater. The schedule sends `{}`, for every image; `factory` sends the image that
 * it changed.
 */
export interface UpdaterInvocation {
  /** @default - every image */
  readonly image?: string | undefined;
  /** ARN of a build of `image` that Image Builder's lists may not show yet. @default - none */
  readonly build?: string | undefined;
}

/** Renders the payload of an invocation. */
export function renderInvocation(invocation: UpdaterInvocation = {}): string {
  return JSON.stringify(invocation);
}
