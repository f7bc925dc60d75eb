/** The records of a CSV text, as the API reads them (Python's `csv`, strict, with blanks before a cell skipped). */

/** A record that is no CSV: a quotation mark is missing, or stands beside other text. */
export class UnreadableRecord extends Error {
  override readonly name = "UnreadableRecord";
  /** The position of the record, from 1. */
  readonly number: number;

  constructor(number: number) {
    super();
    this.number = number;
  }
}

/**
 * The cells of each record, one record at a time. An empty line is a record with one empty cell.
 *
 * @throws UnreadableRecord
 */
export function* recordsOf(text: string, separator: string): Generator<string[], void> {
  let number = 1;
  let record: string[] = [];
  let cell = "";
  let state: "before" | "plain" | "quoted" | "closed" = "before";
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (state === "quoted") {
      if (character === '"') {
        state = "closed";
      } else {
        cell += character;
      }
    } else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[at + 1] === "\n") {
        at += 1;
      }
      yield [...record, cell];
      number += 1;
      record = [];
      cell = "";
      state = "before";
    } else if (character === separator) {
      record.push(cell);
      cell = "";
      state = "before";
    } else if (character === '"' && state !== "plain") {
      cell += state === "closed" ? character : "";
      state = "quoted";
    } else if (state === "closed") {
      throw new UnreadableRecord(number);
    } else if (character !== " " || state === "plain") {
      cell += character;
      state = "plain";
    }
  }
  if (state === "quoted") {
    throw new UnreadableRecord(number);
  }
  if (record.length > 0 || cell !== "") {
    yield [...record, cell];
  }
}

/** One record as text. */
export function recordText(cells: readonly string[], separator: string): string {
  return cells
    .map((cell) => (/["\r\n,;\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(separator);
}
