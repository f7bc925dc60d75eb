/** How many exports are shown and in which order, with a button that loads them again. */

import type { Translator } from "../../languages/translator";
import { useConsole } from "../../shell/context";
import { type ExportFilters, isByDeadline } from "./export-filters";
import { countOf, type ExportList } from "./export-list";

/** Such as `12 exports, soonest deadline first`. */
export function summaryText(t: Translator, filters: ExportFilters, list: ExportList): string {
  const count = countOf(list);
  if (count === 0) {
    return t("list.emptyFiltered");
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
      <button type="button" class="button-quiet" disabled={isBusy} onClick={reload}>
        {t("list.refresh")}
      </button>
    </div>
  );
}
