/** Loads the audit trail of an export, a page at a time, and what is new in it when the export has changed. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { AuditEvent, Trail } from "../../api/types";
import { useConsole } from "../../shell/context";

export interface LoadedTrail {
  readonly events: readonly AuditEvent[];
  readonly isLoading: boolean;
  readonly isComplete: boolean;
  readonly failure: Error | null;
  /** Loads the next page; after a failure the same once more. */
  load(): void;
}

interface State {
  readonly events: readonly AuditEvent[];
  readonly isLoading: boolean;
  readonly failure: Error | null;
  /** The page after what is loaded; null after the last. */
  readonly nextLink: string | null;
}

const NOTHING: State = { events: [], isLoading: true, failure: null, nextLink: null };

/** @param eventCount how many events there are, as the export said last. */
export function useTrail(id: string, eventCount: number): LoadedTrail {
  const { api } = useConsole();
  const [state, setState] = useState(NOTHING);
  /** The page that was loaded last; null for the first. */
  const last = useRef<string | null>(null);
  const known = useRef<number | null>(null);
  const ending = useRef<AbortController | null>(null);
  const loadPage = useCallback(
    (link: string | null) => {
      ending.current?.abort();
      const controller = new AbortController();
      ending.current = controller;
      const { signal } = controller;
      setState((before) => ({ ...before, isLoading: true, failure: null }));
      const loading =
        link === null
          ? api.call("get", "/exports/{id}/events", { path: { id }, signal })
          : api.page<Trail>(link, signal);
      loading.then(
        ({ body }) => {
          if (signal.aborted) {
            return;
          }
          last.current = link;
          setState((before) => ({
            events: joined(before.events, body.value),
            isLoading: false,
            failure: null,
            nextLink: body.nextLink ?? null,
          }));
        },
        (error: unknown) => {
          if (signal.aborted) {
            return;
          }
          const failure = error instanceof Error ? error : new Error(String(error));
          setState((before) => ({ ...before, isLoading: false, failure }));
        },
      );
    },
    [api, id],
  );
  useEffect(() => {
    if (known.current === eventCount) {
      return;
    }
    known.current = eventCount;
    loadPage(last.current); // what is new is on the page that was the last one, or on the page after
  }, [loadPage, eventCount]);
  useEffect(() => () => ending.current?.abort(), []);
  const load = useCallback(() => loadPage(state.nextLink ?? last.current), [loadPage, state.nextLink]);
  return { ...state, isComplete: state.nextLink === null, load };
}

/** The events with those of a page, some of which may be there already. */
function joined(events: readonly AuditEvent[], page: readonly AuditEvent[]): readonly AuditEvent[] {
  const first = page[0]?.number ?? Infinity;
  return [...events.filter(({ number }) => number < first), ...page];
}
