/** The part of the package `diff` that is used. Version 5 has no types. */
declare module "diff" {
  /** Returns a unified diff. */
  export function createTwoFilesPatch(
    oldName: string,
    newName: string,
    oldText: string,
    newText: string,
    oldHeader?: string,
    newHeader?: string,
  ): string;
}
