import { type Architecture, type BaseImage, baseImage, type Platform } from "./base-images";

/** What of an image says what it is built on. */
export interface Descendant {
  readonly platform?: Platform | undefined;
  readonly parent?: { readonly golden?: string | undefined; readonly awsManaged?: string | undefined } | undefined;
}

/** `image` and its golden parents, up to the one that isn't built on a golden image. */
export const lineOf = <T extends Descendant>(
  image: Descendant & Partial<T>,
  golden: ReadonlyMap<string, T>,
  seen: readonly Descendant[] = [],
): (Descendant & Partial<T>)[] => {
  const parent = golden.get(image.parent?.golden ?? "");
  return parent && !seen.includes(parent) ? [image, ...lineOf<T>(parent, golden, [...seen, image])] : [image];
};

/** What is known of the AWS-managed image that `image` goes back to; `undefined` where it goes back to another kind. */
export const baseOf = (image: Descendant, golden: ReadonlyMap<string, Descendant>): BaseImage | undefined =>
  baseImage(lineOf(image, golden).at(-1)?.parent?.awsManaged);

/** What an image runs on: what it goes back to knows best; `undefined` where it has to be given. */
export const platformOf = (image: Descendant, golden: ReadonlyMap<string, Descendant>): Platform | undefined =>
  baseOf(image, golden)?.platform ?? lineOf(image, golden).findLast(({ platform }) => platform !== undefined)?.platform;

/** `undefined` where the base isn't known. */
export const architectureIn = (image: Descendant, golden: ReadonlyMap<string, Descendant>): Architecture | undefined =>
  baseOf(image, golden)?.architecture;
