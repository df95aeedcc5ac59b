/**
 * Work for the updater, as the payload of an invocation or as a message of its queue.
 *
 * Without an image it is a run over all images: the updater sends itself one message per image. The
 * schedules send `{}` and `{"full": true}`. The `factory` command sends the image that it changed.
 */
export interface UpdaterInvocation {
  /** Name of the image to reconcile. @default - every image */
  readonly image?: string | undefined;
  /**
   * ARN of a build of `image` to read directly, because Image Builder's lists may not show it yet.
   * @default - none
   */
  readonly build?: string | undefined;
  /**
   * Whether to look at every build. Otherwise the updater looks at the shared builds, and at the
   * newest ones down to where every channel has enough.
   * @default false
   */
  readonly full?: boolean | undefined;
  /**
   * Name of the image after which a full run over all images continues.
   * @default - it begins with the first
   */
  readonly after?: string | undefined;
}

export function renderInvocation(invocation: UpdaterInvocation = {}): string {
  return JSON.stringify(invocation);
}
