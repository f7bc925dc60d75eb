/** What was kept of a form whose fields are all texts. */

type Contents = Readonly<Record<string, string>>;

/**
 * Reads what was kept, if it has each text of the form: an earlier version of the console may have kept others.
 *
 * @param empty makes the contents of a form that nobody has filled in.
 */
export function contentsOr<T extends Contents>(empty: () => T): (kept: unknown) => T {
  return (kept) => {
    const blank = empty();
    if (typeof kept !== "object" || kept === null) {
      return blank;
    }
    const texts = new Map(Object.entries(kept));
    return Object.keys(blank).every((key) => typeof texts.get(key) === "string") ? (kept as T) : blank;
  };
}
