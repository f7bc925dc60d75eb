/** Shows text from outside, such as a file name, as what it is. */

/**
 * Characters that can't be seen or that turn the direction of text, so that a name looks like another one. Joiners stay:
 * Persian, the languages of India and emoji need them.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with its unseen characters written out, such as `[U+202E]`. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `[U+${point.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}
