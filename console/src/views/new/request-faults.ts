/**
 * What is wrong with what is asked for, as far as that is sure before it is sent. The API judges
 * (shared/http/request_bodies.py); what is not sure is left to it.
 */

import { withoutBlanks, withoutCopied } from "./copied-text";
import { COLUMNS, type Column, type Fields, type Line, VALUES } from "./csv-batch";

export type FaultReason = "due" | "id" | "missing" | "reference" | "repeated" | "time" | "unnamed" | "values" | "years";

export interface Fault {
  /** What it is about; null where that is no field. */
  readonly field: Column | null;
  readonly reason: FaultReason;
  /** The column or the line that it is about, from 1; or what else the field takes. */
  readonly where?: number | string;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PRINCIPAL_NAME = /^[A-Za-z0-9'._!#$^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
const MAX_ID_LENGTH = 256;
const MAX_REFERENCE_LENGTH = 128;
/** Not those that Unicode has not assigned yet: which these are depends on its version. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d+)?)?(?:Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)$/i;
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** What is wrong with a value, by its field. */
const CHECKS: Readonly<Partial<Record<Column, (value: string, fields: Fields) => FaultReason | null>>> = {
  id: idFault,
  reference: referenceFault,
  receivedDateTime: timeFault,
  dueDateTime: dueFault,
};

/** What is wrong with a request. */
export function faultsOf(fields: Fields): Fault[] {
  const found: Fault[] = [];
  for (const field of COLUMNS) {
    const value = fields[field];
    const values = VALUES[field];
    if (value === undefined) {
      if (field === "type" || field === "id") {
        found.push({ field, reason: "missing" });
      }
    } else if (values !== undefined && !values.includes(value)) {
      found.push({ field, reason: "values", where: values.join(", ") });
    } else {
      const reason = CHECKS[field]?.(value, fields) ?? null;
      if (reason !== null) {
        found.push({ field, reason });
      }
    }
  }
  return found;
}

/** The faults of each line of a batch, by its number; lines without any are left out. */
export function faultsOfLines(lines: readonly Line[]): ReadonlyMap<number, readonly Fault[]> {
  const people = new Map<string, number>();
  const found = new Map<number, readonly Fault[]>();
  for (const line of lines) {
    const { type, id, allowDuplicate } = line.fields;
    const faults = faultsOf(line.fields);
    if (line.unnamedColumn !== null) {
      faults.push({ field: null, reason: "unnamed", where: line.unnamedColumn });
    }
    const person = `${type} ${withoutCopied(id ?? "").toLowerCase()}`;
    const other = people.get(person);
    if (faults.length === 0 && other !== undefined && allowDuplicate !== "true") {
      faults.push({ field: "id", reason: "repeated", where: other });
    }
    people.set(person, other ?? line.number);
    if (faults.length > 0) {
      found.set(line.number, faults);
    }
  }
  return found;
}

/** Whether a line with this fault is refused for sure. */
export function isRefused({ reason }: Fault): boolean {
  return reason !== "repeated"; // the export before it may have ended by then
}

/**
 * The time that a text names, in milliseconds since 1970; null where it is none with a zone. The forms are those of
 * shared/exports/timestamps.py.
 */
export function timeOf(text: string): number | null {
  const parts = TIME.exec(withoutBlanks(text));
  if (parts === null) {
    return null;
  }
  const number = (place: number): number => Number(parts[place] ?? 0);
  const day = new Date(Date.UTC(2000, number(2) - 1, number(3)));
  day.setUTCFullYear(number(1), number(2) - 1, number(3)); // Date.UTC takes 0 to 99 for 1900 to 1999
  if (day.getUTCMonth() !== number(2) - 1 || day.getUTCDate() !== number(3)) {
    return null;
  }
  const offset = (number(9) * 60 + number(10)) * (parts[8] === "-" ? -1 : 1);
  return day.getTime() + ((number(4) * 60 + number(5) - offset) * 60 + number(6) + number(7)) * 1000;
}

function idFault(given: string, { type }: Fields): FaultReason | null {
  const id = withoutCopied(given);
  const isName = PRINCIPAL_NAME.test(id) && id.length <= MAX_ID_LENGTH;
  // Of another type it is not known what the id may be.
  return GUID.test(id) || (isName && type === "user") || !VALUES.type?.includes(type ?? "") ? null : "id";
}

function referenceFault(reference: string): FaultReason | null {
  return [...reference].length > MAX_REFERENCE_LENGTH || UNPRINTABLE.test(reference) ? "reference" : null;
}

function timeFault(text: string): FaultReason | null {
  const time = timeOf(text);
  if (time === null) {
    return "time";
  }
  return time < EARLIEST || time >= LATEST ? "years" : null;
}

function dueFault(text: string, { receivedDateTime = "" }: Fields): FaultReason | null {
  const [due, received] = [timeOf(text), timeOf(receivedDateTime)];
  const isTooEarly = due !== null && received !== null && due <= received;
  return timeFault(text) ?? (isTooEarly ? "due" : null);
}
