/** Loads the list of exports, more of it, and all of it again. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useLoad } from "../../api/use-load";
import { useWatch } from "../../api/use-watch";
import { useConsole } from "../../shell/context";
import { callOf, type ExportFilters, queryOf } from "./export-filters";
import { countOf, type ExportList, loadList, withMore } from "./export-list";

/** A reload brings back so many exports at most: a page at a time takes too long for more. */
const MOST_AGAIN = 500;
/** A list that was shown for so long is loaded again, in seconds, if it has no more than a page. */
const STALE_AFTER = 60;

/** The list that was shown last: who comes back from an export finds it at once, and loaded as far as it was. */
let last: { readonly key: string; readonly list: ExportList } | null = null;

export interface ShownList {
  readonly list: ExportList | null;
  readonly failure: Error | null;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  /** Why the next page could not be loaded. */
  readonly moreFailure: Error | null;
  reload(): void;
  loadMore(): void;
}

/** The list of these filters, which stay the same for as long as the component lives. */
export function useExportList(filters: ExportFilters): ShownList {
  const { api, me } = useConsole();
  const key = `${me.id}${queryOf(filters)}`;
  const shown = useRef<ExportList | null>(null);
  const load = (signal: AbortSignal): Promise<ExportList> => {
    const again = Math.min(MOST_AGAIN, shown.current === null ? 0 : countOf(shown.current));
    const now = Date.now();
    return loadList(api, callOf(filters, me.id, now), now, Math.max(1, again), signal);
  };
  const { value, failure, isLoading, reload, replace } = useLoad(key, load, last?.key === key ? last.list : null);
  shown.current = value;
  const [more, setMore] = useState<{ isLoading: boolean; failure: Error | null }>({ isLoading: false, failure: null });
  const loadingMore = useRef<AbortController | null>(null);
  useEffect(() => {
    if (value !== null) {
      last = { key, list: value };
    }
  }, [key, value]);
  useEffect(() => () => loadingMore.current?.abort(), []);
  const loadMore = async (): Promise<void> => {
    if (value === null || loadingMore.current !== null) {
      return;
    }
    const ending = new AbortController();
    loadingMore.current = ending;
    setMore({ isLoading: true, failure: null });
    try {
      const longer = await withMore(api, value, countOf(value) + 1, ending.signal);
      if (!ending.signal.aborted) {
        replace(longer);
        setMore({ isLoading: false, failure: null });
      }
    } catch (error) {
      if (!ending.signal.aborted) {
        setMore({ isLoading: false, failure: error instanceof Error ? error : new Error(String(error)) });
      }
    } finally {
      if (loadingMore.current === ending) {
        loadingMore.current = null;
      }
    }
  };
  const isShort = value !== null && value.pages.length <= 1;
  useWatch(isShort && failure === null && !more.isLoading ? STALE_AFTER : null, value, reload);
  return {
    list: value,
    failure,
    isLoading,
    isLoadingMore: more.isLoading,
    moreFailure: more.failure,
    reload,
    loadMore: () => void loadMore(),
  };
}
