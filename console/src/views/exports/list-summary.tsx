/** How many exports are shown and in which order, with a button that loads them again. */

import type { Translator } from "../../languages/translator";
import { useConsole } from "../../shell/context";
import { type ExportFilters, isByDeadline, queryOf } from "./export-filters";
import { countOf, type ExportList } from "./export-list";

/** Says that there are none. */
export function nothingText(t: Translator, filters: ExportFilters): string {
  return t(queryOf(filters) === "" ? "list.empty" : "list.emptyFiltered");
}

/** Such as `12 exports, soonest deadline first`. */
export function summaryText(t: Translator, filters: ExportFilters, list: ExportList): string {
  const count = countOf(list);
  if (count === 0) {
    return nothingText(t, filters);
  }
  const shown = t(list.nextLink === null ? "list.count" : "list.first", { count });
  return `${shown}, ${t(isByDeadline(filters) ? "list.bySoonest" : "list.byNewest")}`;
}

interface ListSummaryProps {
  filters: ExportFilters;
  list: ExportList;
  isBusy: boolean;
  reload: () => void;
}

export function ListSummary({ filters, list, isBusy, reload }: ListSummaryProps) {
  const { t } = useConsole();
  return (
    <div class="list-summary">
      <p class="muted">{summaryText(t, filters, list)}</p>
      <button type="button" class="button-quiet" aria-disabled={isBusy} onClick={() => isBusy || reload()}>
        {t("list.refresh")}
      </button>
    </div>
  );
}
