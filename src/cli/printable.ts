/**
 * Text of others, safe for a terminal: nobody moves the cursor or forges lines by a name.
 */

/** The text with control and format characters, line separators included, as \u escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    [...char].map((one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join(''),
  );
}
