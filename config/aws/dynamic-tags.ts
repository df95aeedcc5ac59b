/**
 * Placeholders in AMI tags:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/tag-resources.html
 */
export const DYNAMIC_TAG = "\\{\\{\\s*imagebuilder:(?:buildDate|buildVersion)\\s*\\}\\}";

/** Returns whether the value of an AMI tag contains a placeholder that Image Builder replaces. */
export function isDynamicTag(value: string): boolean {
  return new RegExp(DYNAMIC_TAG).test(value);
}
