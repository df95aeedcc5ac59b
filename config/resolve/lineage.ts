import { type Architecture, type BaseImage, baseImage, type Platform } from "../aws/base-images";

/** What of an image says what it is built on. */
export interface HasParent {
  readonly platform?: Platform | undefined;
  readonly parent?:
    | { readonly golden?: string | undefined; readonly awsManaged?: string | undefined }
    | undefined;
}

/** `image` and its golden parents, up to the one that isn't built on a golden image. */
export function lineageOf<T extends HasParent>(
  image: HasParent & Partial<T>,
  golden: ReadonlyMap<string, T>,
  seen: readonly HasParent[] = [],
): (HasParent & Partial<T>)[] {
  const parent = golden.get(image.parent?.golden ?? "");
  return parent && !seen.includes(parent)
    ? [image, ...lineageOf<T>(parent, golden, [...seen, image])]
    : [image];
}

/** What is known of the AWS-managed image that `image` goes back to; `undefined` where it goes back to another kind. */
export function baseImageOf(
  image: HasParent,
  golden: ReadonlyMap<string, HasParent>,
): BaseImage | undefined {
  return baseImage(lineageOf(image, golden).at(-1)?.parent?.awsManaged);
}

/** What an image runs on: what it goes back to knows best; `undefined` where it has to be given. */
export function platformOf(
  image: HasParent,
  golden: ReadonlyMap<string, HasParent>,
): Platform | undefined {
  return (
    baseImageOf(image, golden)?.platform ??
    lineageOf(image, golden).findLast(({ platform }) => platform !== undefined)?.platform
  );
}

/** `undefined` where the base isn't known. */
export function architectureFor(
  image: HasParent,
  golden: ReadonlyMap<string, HasParent>,
): Architecture | undefined {
  return baseImageOf(image, golden)?.architecture;
}
