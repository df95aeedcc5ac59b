/** Text of other people in messages: names of packages, tags, titles of findings, lines of logs. */

/**
 * Characters that end a line, move the cursor, change the direction of text, or can't be seen, and
 * halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * Returns a text as one line of at most `maxLength` characters, in which every character can be
 * seen: the others are written as `\u{a}`. A text that is cut ends with `...`.
 */
export function safeText(text: string, maxLength: number): string {
  // No character gets shorter, so the rest can't be needed. It may be very long.
  const escaped = text
    .trim()
    .slice(0, maxLength + 1)
    .replace(UNSAFE, escapeCharacter);
  if (escaped.length <= maxLength) return escaped;
  // Without half a character at the end.
  return `${escaped.slice(0, maxLength - 3).replace(/[\uD800-\uDBFF]$/, "")}...`;
}
