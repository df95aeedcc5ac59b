/** Finds the name that a mistyped one probably means. */

import { distance } from "fastest-levenshtein";

/**
 * Returns the one of `known` that `text` probably means, if a typing mistake explains the
 * difference.
 */
export function nearMatch(text: string, known: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  const max = Math.max(1, Math.min(2, Math.floor(text.length / 3)));
  const matches = known
    .map((candidate) => ({ candidate, edits: editsBetween(lower, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= max)
    .sort((one, other) => one.edits - other.edits);
  return matches[0]?.candidate;
}

/** Two letters in the wrong order are one mistake. */
function editsBetween(text: string, candidate: string): number {
  const isTransposed =
    text.length === candidate.length &&
    [...text].some(
      (letter, at) =>
        `${text.slice(0, at)}${text[at + 1]}${letter}${text.slice(at + 2)}` === candidate,
    );
  return isTransposed ? 1 : distance(text, candidate);
}

/** Completes a message with the near match of `text`, if there is one. */
export function didYouMean(text: string, known: readonly string[]): string {
  const match = nearMatch(text, known);
  return match === undefined ? "" : `, did you mean '${match}'?`;
}

/** Completes a message with the near match of `text`, or else with all that is known. */
export function expectedOneOf(text: string, known: readonly string[], none = "none"): string {
  return didYouMean(text, known) || `: ${known.join(", ") || none}`;
}
