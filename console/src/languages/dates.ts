/** Times of the API, which are in UTC, as the reader's language and time zone write them. */

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** A format is made once: that takes longer than hundreds of uses, and a list has thousands of dates. */
function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, format);
  return format;
}

/** Date and time with the zone, such as `1 Dec 2026, 18:00 GMT+9`. */
export function dateTimeText(locale: string, utc: string, timeZone?: string, seconds = false): string {
  const options: Intl.DateTimeFormatOptions = {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds && { second: "2-digit" }),
    timeZoneName: "short",
  };
  return formatOf(locale, { ...options, timeZone }).format(new Date(utc));
}

/** The date alone, in the reader's zone. */
export function dateText(locale: string, utc: string, timeZone?: string): string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric", timeZone };
  return formatOf(locale, options).format(new Date(utc));
}

/**
 * In how many of the reader's calendar days a time comes: 0 for today, negative where it was before today.
 *
 * @param now in milliseconds since 1970.
 */
export function daysUntil(utc: string, now: number, timeZone?: string): number {
  return Math.round((dayOf(Date.parse(utc), timeZone) - dayOf(now, timeZone)) / DAY);
}

/** The midnight in UTC of the date that the reader's calendar shows at a time. */
function dayOf(time: number, timeZone: string | undefined): number {
  const parts = formatOf("en-CA-u-ca-iso8601", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(new Date(time));
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"));
}

/**
 * The name of the reader's time zone, such as `Central European Summer Time`.
 *
 * @param local the time there that it is to hold at, as a browser's field has it; now if empty.
 */
export function zoneText(locale: string, local: string): string {
  const format = new Intl.DateTimeFormat(locale, { timeZoneName: "long" });
  const parts = format.formatToParts(local === "" ? new Date() : new Date(local));
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}
