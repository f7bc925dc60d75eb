/** Which exports the list shows: as its URL says it, and as the API is asked for it. */

import type { Path, RequestOf } from "../../api/types";

export const SHOWN = ["open", "overdue", "failed", "succeeded", "on-hold", "handover", "all"] as const;
export type Shown = (typeof SHOWN)[number];
export type ListQuery = NonNullable<RequestOf<"/exports" & Path, "get">["query"]>;

const PAGE_SIZE = 50;
const GUID = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i;
const BY_DEADLINE: readonly Shown[] = ["open", "overdue", "handover"];

export interface ExportFilters {
  readonly shown: Shown;
  /** A reference, or the object id of a person; empty for all. */
  readonly search: string;
  /** Only those that the reader has requested. */
  readonly isMine: boolean;
}

/** The filters in the query of a URL. What it does not know counts as absent. */
export function filtersOf(query: URLSearchParams): ExportFilters {
  const search = (query.get("search") ?? "").trim();
  const shown = SHOWN.find((each) => each === query.get("show"));
  return { shown: shown ?? shownByDefault(search), search, isMine: query.has("mine") };
}

/** The query of a URL that shows these; empty for what is shown by default. */
export function queryOf({ shown, search, isMine }: ExportFilters): string {
  const query = new URLSearchParams();
  if (shown !== shownByDefault(search)) {
    query.set("show", shown);
  }
  if (search !== "") {
    query.set("search", search);
  }
  if (isMine) {
    query.set("mine", "true");
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

/** Somebody who looks for one request wants to find it, whatever became of it. */
function shownByDefault(search: string): Shown {
  return search === "" ? "open" : "all";
}

/**
 * What the API is asked for.
 *
 * @param me the reader's object id.
 * @param now in milliseconds since 1970.
 */
export function callOf({ shown, search, isMine }: ExportFilters, me: string, now: number): ListQuery {
  const person = personIn(search);
  return {
    ...conditionsOf(shown, now),
    ...(person !== null && { subjectId: person }),
    ...(person === null && search !== "" && { reference: search }),
    ...(isMine && { requestedBy: me }),
    top: PAGE_SIZE,
  };
}

function conditionsOf(shown: Shown, now: number): ListQuery {
  switch (shown) {
    case "open":
      return { unanswered: true };
    case "overdue":
      return { unanswered: true, dueBefore: new Date(now).toISOString() };
    case "failed":
      return { status: ["Failed"] };
    case "succeeded":
      return { status: ["Succeeded"] };
    case "on-hold":
      return { onHold: true };
    case "handover":
      return { awaitsHandover: true };
    case "all":
      return {};
  }
}

/** The object id, as the API writes it, if a search is one. */
export function personIn(search: string): string | null {
  return GUID.exec(search)?.[1]?.toLowerCase() ?? null;
}

/** Whether the soonest deadline comes first; otherwise the newest export does. */
export function isByDeadline({ shown, search }: ExportFilters): boolean {
  return search === "" && BY_DEADLINE.includes(shown);
}
