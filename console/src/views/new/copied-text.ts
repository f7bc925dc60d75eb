/** Text without what comes along when it is copied, as the API drops it. */

/** What Python's `str.strip` takes for blanks. */
const BLANK = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const INVISIBLE = "[\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069\\ufeff]";
const BLANKS_AROUND = around(BLANK);
const INVISIBLE_AROUND = around(INVISIBLE);

/** The text without blanks around it. */
export function withoutBlanks(text: string): string {
  return text.replace(BLANKS_AROUND, "");
}

/** The text without blanks and invisible characters around it. */
export function withoutCopied(text: string): string {
  return withoutBlanks(withoutBlanks(text).replace(INVISIBLE_AROUND, ""));
}

function around(characters: string): RegExp {
  return new RegExp(`^${characters}+|${characters}+$`, "g");
}
