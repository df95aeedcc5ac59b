import type { Platform } from "../../aws/base-images";
import { isMap } from "../../raw-map";
import { asText } from "../raw-document";
import type { RawStep } from "./steps";

const PLATFORMS: readonly Platform[] = ["Linux", "Windows", "macOS"];

/** Returns the platforms on which a step can run: those for which its `if` isn't surely false. */
export function platformsOf({ entry }: RawStep): readonly Platform[] {
  return PLATFORMS.filter((platform) => isTrueOn(platform, entry["if"]) !== false);
}

/** Evaluates a condition for a platform. Returns `undefined` if it depends on something else. */
function isTrueOn(platform: Platform, condition: unknown): boolean | undefined {
  if (!isMap(condition)) return undefined;
  if ("not" in condition) {
    const inner = isTrueOn(platform, condition["not"]);
    return inner === undefined ? undefined : !inner;
  }
  if ("and" in condition) return isEvery(true, platform, condition["and"]);
  if ("or" in condition) {
    const isNone = isEvery(false, platform, condition["or"]);
    return isNone === undefined ? undefined : !isNone;
  }
  if (!("stringEquals" in condition && isPlatform(condition["value"]))) return undefined;
  const text = asText(condition["stringEquals"]);
  return text.includes("{{") ? undefined : text === platform;
}

/** Returns whether each of the conditions has the wanted result. */
function isEvery(wanted: boolean, platform: Platform, conditions: unknown): boolean | undefined {
  if (!Array.isArray(conditions)) return undefined;
  const results = conditions.map((condition) => isTrueOn(platform, condition));
  if (results.includes(!wanted)) return false;
  return results.includes(undefined) ? undefined : true;
}

function isPlatform(reference: unknown): boolean {
  return /^(\$\.imagebuilder\.platform|\{\{\s*\$\.imagebuilder\.platform\s*\}\})$/.test(
    asText(reference),
  );
}
