import type { Manifest, ManifestChannel, Principal } from "../../contract/manifest";

/** A channel of an image. */
export interface Channel extends Omit<ManifestChannel, "audience"> {
  readonly name: string;
  readonly audience: readonly Principal[];
}

/** The conditions under which a channel shares builds. */
export type Policy = Pick<Channel, "name" | "keep" | "bakeHours" | "approval" | "findings">;

/** Returns the channels of an image. An image that isn't in the manifest has none. */
export function channelsOf({ images, audiences }: Manifest, image: string): Channel[] {
  const channels = Object.hasOwn(images, image) ? images[image]?.channels : undefined;
  return Object.entries(channels ?? {}).map(([name, { audience, ...channel }]) => ({
    ...channel,
    name,
    audience: audiences[audience] ?? [],
  }));
}
