/** The exports as a table, which narrow screens show as cards. */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Export } from "../../api/types";
import { useConsole } from "../../shell/context";
import { type ExportFilters, isByDeadline } from "./export-filters";
import { countOf, type ExportList } from "./export-list";
import { ExportRow } from "./export-row";

interface ExportTableProps {
  list: ExportList;
  filters: ExportFilters;
  isBusy: boolean;
}

export function ExportTable({ list, filters, isBusy }: ExportTableProps) {
  const { t } = useConsole();
  const table = useRef<HTMLTableElement>(null);
  useReturn(table);
  useLeadToAdded(table, list);
  const order = isByDeadline(filters) ? "ascending" : undefined;
  return (
    <table
      class="list"
      ref={table}
      aria-busy={isBusy}
      onClickCapture={(event) => {
        rememberOpened(event.target);
      }}
    >
      <caption class="visually-hidden">{t("list.heading")}</caption>
      <thead>
        <tr>
          <th scope="col" class="list-due" aria-sort={order}>
            {t("list.due")}
          </th>
          <th scope="col">{t("list.reference")}</th>
          <th scope="col" class="list-person">
            {t("list.person")}
          </th>
          <th scope="col">{t("list.status")}</th>
          <th scope="col" class="list-files">
            {t("list.files")}
          </th>
        </tr>
      </thead>
      {list.pages.map((page) => (
        <Rows key={page[0]?.id} exports={page} now={list.askedAt} />
      ))}
    </table>
  );
}

/** A page of rows. It is drawn again only if its exports are others, so that long lists stay quick. */
function Rows({ exports, now }: { exports: readonly Export[]; now: number }) {
  const { t } = useConsole();
  return useMemo(
    () => (
      <tbody>
        {exports.map((each) => (
          <ExportRow key={each.id} exported={each} now={now} t={t} />
        ))}
      </tbody>
    ),
    [exports, now, t],
  );
}

/** Notes which export is opened, with the place in the history that Back returns to. */
function rememberOpened(target: EventTarget | null): void {
  const link = target instanceof Element ? target.closest("a") : null;
  if (link !== null) {
    history.replaceState({ opened: link.getAttribute("href") }, "");
  }
}

function linksIn(table: HTMLTableElement | null): readonly HTMLAnchorElement[] {
  return [...(table?.querySelectorAll<HTMLAnchorElement>("th a") ?? [])];
}

/** Leads the focus of who comes back by Back to the export that they had opened. */
function useReturn(table: RefObject<HTMLTableElement | null>): void {
  useLayoutEffect(() => {
    const state: unknown = history.state;
    if (typeof state !== "object" || state === null || !("opened" in state)) {
      return;
    }
    const link = linksIn(table.current).find((each) => each.getAttribute("href") === state.opened);
    link?.focus();
    link?.scrollIntoView({ block: "center" });
  }, [table]);
}

/** Leads the focus from the button that loads more to the first export that it has loaded. */
function useLeadToAdded(table: RefObject<HTMLTableElement | null>, list: ExportList): void {
  const before = useRef(list);
  useEffect(() => {
    const isLonger = list.askedAt === before.current.askedAt && list.pages.length > before.current.pages.length;
    if (isLonger) {
      linksIn(table.current)[countOf(before.current)]?.focus({ preventScroll: true });
    }
    before.current = list;
  }, [table, list]);
}
