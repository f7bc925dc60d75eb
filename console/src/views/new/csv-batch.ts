/**
 * A batch in CSV, read for its preview as the API reads it (docs/api.md, "Many at once"): its separator, its columns and
 * its lines, or why the API would refuse the whole of it.
 */

import { withoutBlanks } from "./copied-text";
import { recordsOf, UnreadableRecord } from "./csv-records";

export const COLUMNS = ["type", "id", "reference", "receivedDateTime", "dueDateTime", "allowDuplicate"] as const;
export type Column = (typeof COLUMNS)[number];
/** The values that are given; what is empty is left out. */
export type Fields = Readonly<Partial<Record<Column, string>>>;

export const MAX_BYTES = 1024 * 1024;
const MAX_LINES = 1000;
const MAX_RECORDS = 10_000;
const SEPARATORS = [",", ";", "\t"];
/** A first record that tells Excel the separator. */
const SEPARATOR_RECORD = /^sep=.?$/i;
/** All values of columns that take no others; in CSV they may be written in any case. */
export const VALUES: Readonly<Partial<Record<Column, readonly string[]>>> = {
  type: ["user", "inboundSharedUserProfile"],
  allowDuplicate: ["true", "false"],
};

export interface Line {
  /** Its position among the lines that have a value, from 1, as in the batch. */
  readonly number: number;
  readonly cells: readonly string[];
  readonly fields: Fields;
  /** The first column, from 1, that has a value here but no name; null if there is none. */
  readonly unnamedColumn: number | null;
}

export interface CsvBatch {
  readonly separator: string;
  readonly header: readonly string[];
  readonly lines: readonly Line[];
}

/** Why the whole of a batch would be refused. */
export class CsvFault extends Error {
  override readonly name = "CsvFault";
  readonly reason: CsvFaultReason;
  /** The record or the column, from 1, or the name of the column; empty where it is about neither. */
  readonly where: string | number;

  constructor(reason: CsvFaultReason, where: string | number = "") {
    super(reason);
    this.reason = reason;
    this.where = where;
  }
}

export type CsvFaultReason = "column" | "empty" | "encoding" | "header" | "limits" | "record" | "twice";

/**
 * The text of a file, its line ends as one character each.
 *
 * @throws CsvFault if it is not text in UTF-8, such as a workbook.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) {
      return text.replace(/\r\n?/g, "\n");
    }
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
  }
  throw new CsvFault("encoding"); // UTF-16 and workbooks have zeros, and no CSV has
}

/**
 * The lines of a batch.
 *
 * @throws CsvFault if the API would refuse the whole of it.
 */
export function readBatch(text: string): CsvBatch {
  if (new TextEncoder().encode(text).length > MAX_BYTES) {
    throw new CsvFault("limits");
  }
  try {
    return tableOf(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw error instanceof UnreadableRecord ? new CsvFault("record", error.number) : error;
  }
}

function tableOf(text: string): CsvBatch {
  for (const separator of SEPARATORS) {
    const records = recordsWithValues(text, separator);
    const header = firstOf(records);
    const names = header.map((cell) => cell.toLowerCase());
    if (names.includes("type") && names.includes("id")) {
      return { separator, header, lines: linesOf(records, columnsOf(names)) };
    }
  }
  throw new CsvFault("header");
}

/** The first record; none if it can't be read with this separator. */
function firstOf(records: Iterator<string[]>): string[] {
  try {
    return records.next().value ?? [];
  } catch (error) {
    if (error instanceof UnreadableRecord) {
      return [];
    }
    throw error;
  }
}

function* recordsWithValues(text: string, separator: string): Generator<string[], void> {
  let number = 0;
  for (const record of recordsOf(text, separator)) {
    number += 1;
    if (number > MAX_RECORDS) {
      throw new CsvFault("limits");
    }
    const cells = record.map(withoutBlanks);
    if (cells.some(Boolean) && !(number === 1 && SEPARATOR_RECORD.test(cells.join("")))) {
      yield cells;
    }
  }
}

/** The column of each place that has a name. */
function columnsOf(names: readonly string[]): ReadonlyMap<number, Column> {
  const columns = new Map<number, Column>();
  for (const [place, name] of names.entries()) {
    if (name === "") {
      continue;
    }
    const column = COLUMNS.find((each) => each.toLowerCase() === name);
    if (column === undefined) {
      throw new CsvFault("column", place + 1);
    }
    if ([...columns.values()].includes(column)) {
      throw new CsvFault("twice", column);
    }
    columns.set(place, column);
  }
  return columns;
}

function linesOf(records: Iterable<string[]>, columns: ReadonlyMap<number, Column>): Line[] {
  const lines: Line[] = [];
  for (const cells of records) {
    if (lines.length === MAX_LINES) {
      throw new CsvFault("limits");
    }
    const given = [...columns].map(([place, column]) => [column, writtenAs(column, cells[place] ?? "")] as const);
    const unnamed = cells.findIndex((cell, place) => cell !== "" && !columns.has(place));
    lines.push({
      number: lines.length + 1,
      cells,
      fields: Object.fromEntries(given.filter(([, value]) => value !== "")),
      unnamedColumn: unnamed < 0 ? null : unnamed + 1,
    });
  }
  if (lines.length === 0) {
    throw new CsvFault("empty");
  }
  return lines;
}

function writtenAs(column: Column, cell: string): string {
  return VALUES[column]?.find((each) => each.toLowerCase() === cell.toLowerCase()) ?? cell;
}
