/** How far the deadline of an export is, in the reader's calendar days. */

import type { Export } from "../api/types";
import { daysUntil } from "../languages/dates";
import type { Translator } from "../languages/translator";
import type { Tone } from "./export-state";

const SOON_DAYS = 7;

export interface Deadline {
  /** `stopped`: the export has ended, or the person was answered, so nothing is due any more. */
  readonly clock: "running" | "paused" | "stopped";
  /** Whether the deadline has passed while the clock ran. */
  readonly isOver: boolean;
  /** In how many days it is, negative where it was: of a clock that runs. */
  readonly days: number;
}

/** @param now in milliseconds since 1970. */
export function deadlineOf(exported: Export, now: number, timeZone?: string): Deadline {
  const hasEnded = exported.completedDateTime !== null && !exported.awaitsHandover;
  if (hasEnded || exported.handedOverDateTime !== null) {
    return { clock: "stopped", isOver: false, days: 0 };
  }
  if (exported.pausedDateTime !== null) {
    return { clock: "paused", isOver: false, days: 0 };
  }
  const days = daysUntil(exported.dueDateTime, now, timeZone);
  return { clock: "running", isOver: Date.parse(exported.dueDateTime) <= now, days };
}

/** The same in words, such as `2 days left`. */
export function deadlineText(t: Translator, { clock, isOver, days }: Deadline): string {
  if (clock !== "running") {
    return t(`deadline.${clock}`);
  }
  if (isOver) {
    return days === 0 ? t("deadline.overToday") : t("deadline.daysOver", { count: -days });
  }
  return days === 0 ? t("deadline.today") : t("deadline.daysLeft", { count: days });
}

export function deadlineTone({ clock, isOver, days }: Deadline): Tone {
  if (clock !== "running") {
    return "neutral";
  }
  if (isOver) {
    return "danger";
  }
  return days <= SOON_DAYS ? "warning" : "neutral";
}
