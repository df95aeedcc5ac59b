import type { ReadDocument } from "../component-document";
import type { Problem } from "../problems";
import type { SoundParts } from "../schema";

/** What a rule judges: the parts that are right in themselves, and the documents that could be read. */
export interface Subject extends SoundParts {
  /** By the path that factory.yaml gives. */
  readonly documents: ReadonlyMap<string, ReadDocument>;
}

/** Something that must hold between parts of a factory file. */
export type Rule = (subject: Subject) => Problem[];

export type GoldenEntry = NonNullable<SoundParts["images"][string]>;
export type ImageEntry = Omit<GoldenEntry, "share">;
type Account = Pick<NonNullable<SoundParts["appAccounts"][string]>, "id" | "deployRole" | "regions">;

/** An image with its place in the file and the account that bakes it. */
export interface PlacedImage {
  readonly path: readonly string[];
  readonly name: string;
  readonly image: ImageEntry;
  /** `undefined` when the account is wrong in itself. */
  readonly account: Account | undefined;
  /** The Regions that it is baked in, as far as they are known. */
  readonly regions: readonly string[];
}

const placed = (path: string[], name: string, image: ImageEntry | undefined, account: Account | undefined): PlacedImage[] =>
  image ? [{ path: [...path, name], name, image, account, regions: image.regions ?? Object.keys(account?.regions ?? {}) }] : [];

/** The golden images. */
export const goldenImages = ({ images, sharedAccount }: Subject): PlacedImage[] =>
  Object.entries(images).flatMap(([name, image]) => placed(["images"], name, image, sharedAccount));

/** The golden images and every app's own. */
export const allImages = (subject: Subject): PlacedImage[] => [
  ...goldenImages(subject),
  ...Object.entries(subject.appAccounts).flatMap(([app, account]) =>
    Object.entries(account?.images ?? {}).flatMap(([name, image]) =>
      placed(["appAccounts", app, "images"], name, image, account),
    ),
  ),
];

/** Every account with its place in the file. */
export const accounts = ({ sharedAccount, appAccounts }: Subject): { path: string[]; account: Account }[] =>
  [
    { path: ["sharedAccount"], account: sharedAccount },
    ...Object.entries(appAccounts).map(([name, account]) => ({ path: ["appAccounts", name], account })),
  ].flatMap(({ path, account }) => (account ? [{ path, account }] : []));
