/** The exports that were loaded so far, page by page. */

import type { ApiClient } from "../../api/client";
import type { Export, ExportPage } from "../../api/types";
import type { ListQuery } from "./export-filters";

export interface ExportList {
  /** A page that was shown stays the same array, so that it is not drawn again. */
  readonly pages: readonly (readonly Export[])[];
  readonly nextLink: string | null;
  /** When the first page was asked for, in milliseconds since 1970. */
  readonly askedAt: number;
}

export function countOf({ pages }: ExportList): number {
  return pages.reduce((sum, page) => sum + page.length, 0);
}

/** The list with a further page. An export that is there already, because its deadline has moved, is not added. */
export function withPage(list: ExportList, page: ExportPage): ExportList {
  const known = new Set(list.pages.flat().map((each) => each.id));
  const added = page.value.filter((each) => !known.has(each.id));
  return {
    ...list,
    pages: added.length === 0 ? list.pages : [...list.pages, added],
    nextLink: page.nextLink ?? null,
  };
}

/**
 * Loads a list from its beginning.
 *
 * @param atLeast how many exports to load, if there are so many.
 */
export async function loadList(
  api: ApiClient,
  query: ListQuery,
  now: number,
  atLeast: number,
  signal: AbortSignal,
): Promise<ExportList> {
  const { body } = await api.call("get", "/exports", { query, signal });
  return withMore(api, withPage({ pages: [], nextLink: null, askedAt: now }, body), atLeast, signal);
}

/** Loads further pages until there are so many exports, or no more. A page can be empty though others follow. */
export async function withMore(
  api: ApiClient,
  list: ExportList,
  atLeast: number,
  signal: AbortSignal,
): Promise<ExportList> {
  if (list.nextLink === null || countOf(list) >= atLeast) {
    return list;
  }
  const { body } = await api.page<ExportPage>(list.nextLink, signal);
  return withMore(api, withPage(list, body), atLeast, signal);
}
