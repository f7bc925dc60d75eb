/** Moves a window over many rows, so that the page stays small. */

import { useConsole } from "../shell/context";

interface PagerProps {
  /** The position of the first row that is shown, from 0. */
  start: number;
  /** How many rows are shown at once. */
  size: number;
  total: number;
  /** Whether there are more than that, which are not loaded. */
  hasMore?: boolean;
  move: (start: number) => void;
}

export function Pager({ start, size, total, hasMore = false, move }: PagerProps) {
  const { t } = useConsole();
  const end = Math.min(start + size, total);
  if (start === 0 && end === total && !hasMore) {
    return null;
  }
  return (
    <div class="buttons pager">
      <span role="status">
        {t("shell.rows", { start: start + 1, end, total: t.number(total) + (hasMore ? "+" : "") })}
      </span>
      <button type="button" disabled={start === 0} onClick={() => move(Math.max(0, start - size))}>
        {t("shell.previous")}
      </button>
      <button type="button" disabled={end === total && !hasMore} onClick={() => move(start + size)}>
        {t("shell.next")}
      </button>
    </div>
  );
}
