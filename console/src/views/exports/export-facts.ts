/** What the list says of an export besides its state and its deadline. */

import type { Export } from "../../api/types";

/** Warnings of the deadline, which the list shows by itself. */
const OF_DEADLINE: readonly string[] = ["DueSoon", "Overdue"];

/** The beginning of an id, which tells it apart from others in a list. */
export function shortId(id: string): string {
  return `${id.slice(0, 8)}…`;
}

/**
 * Which share is done, 0 to 1, of an export that Microsoft works on; null where that is not known.
 *
 * Microsoft doesn't document the scale: a number above 1 is taken for percent, and one that can be neither is not shown.
 */
export function shareDone({ stage, progress }: Export): number | null {
  if (stage !== "Exporting" || progress === null || progress < 0 || progress > 100) {
    return null;
  }
  return progress > 1 ? progress / 100 : progress;
}

/** How many warnings there are besides those of the deadline. */
export function warningsBeside({ warnings }: Export): number {
  return warnings.filter((each) => !OF_DEADLINE.includes(each.code)).length;
}
