/** Times that the reader types: in the reader's zone in a form, in UTC in a call. */

const MINUTE = 60_000;

/** The latest time that a field takes; browsers take years of six digits, and the API does not. */
export const LATEST_INPUT = "9999-12-31T23:59";

/**
 * A time as a field of type `datetime-local` has it, such as `2026-12-01T09:00`, in the reader's zone.
 *
 * @param time in milliseconds since 1970. Its seconds are dropped.
 */
export function inputOf(time: number): string {
  const offset = new Date(time).getTimezoneOffset() * MINUTE;
  return new Date(time - offset).toISOString().slice(0, 16);
}

/**
 * The time in such a field, in milliseconds since 1970; null if it has none.
 *
 * An hour that the change to summer time skips is read as the hour after it, and one that comes twice as the first.
 */
export function timeOfInput(value: string): number | null {
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : time;
}
