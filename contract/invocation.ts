/**
 * Payload of a direct invocation of the share updater.
 *
 * The schedule sends `{}`, which reconciles every image. The `factory` command sends the image that
 * it changed.
 */
export interface UpdaterInvocation {
  /** Name of the image to reconcile. @default - every image */
  readonly image?: string | undefined;
  /**
   * ARN of a build of `image` to read directly, because Image Builder's lists may not show it yet.
   * @default - none
   */
  readonly build?: string | undefined;
}

/** Renders the payload of an invocation. */
export function renderInvocation(invocation: UpdaterInvocation = {}): string {
  return JSON.stringify(invocation);
}
