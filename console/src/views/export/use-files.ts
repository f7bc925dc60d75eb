/** Loads the files of an export, a page at a time, for as long as somebody wants more of them. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { FilePage } from "../../api/types";
import { useConsole } from "../../shell/context";
import { FileTree } from "./file-tree";

export interface LoadedFiles {
  readonly tree: FileTree;
  readonly isLoading: boolean;
  readonly isComplete: boolean;
  readonly failure: Error | null;
  /** Loads some more pages; after a failure it goes on where it was. */
  load(pages: number): void;
  /** Ends the loading; what is loaded stays. */
  stop(): void;
}

interface State {
  readonly isLoading: boolean;
  readonly isComplete: boolean;
  readonly failure: Error | null;
}

export function useFiles(id: string): LoadedFiles {
  const { api } = useConsole();
  const [tree] = useState(() => new FileTree());
  const [state, setState] = useState<State>({ isLoading: true, isComplete: false, failure: null });
  const next = useRef<string | null>(null);
  const ending = useRef<AbortController | null>(null);
  const load = useCallback(
    (pages: number) => {
      ending.current?.abort();
      const controller = new AbortController();
      ending.current = controller;
      const { signal } = controller;
      const loadPages = async (): Promise<void> => {
        let isComplete = false;
        for (let page = 0; page < pages && !isComplete; page += 1) {
          setState({ isLoading: true, isComplete, failure: null });
          const { body } =
            next.current === null
              ? await api.call("get", "/exports/{id}/files", { path: { id }, signal })
              : await api.page<FilePage>(next.current, signal);
          if (signal.aborted) {
            return;
          }
          tree.add(body.value);
          next.current = body.nextLink ?? null;
          isComplete = next.current === null;
        }
        setState({ isLoading: false, isComplete, failure: null });
      };
      loadPages().catch((error: unknown) => {
        if (signal.aborted) {
          return;
        }
        const failure = error instanceof Error ? error : new Error(String(error));
        setState({ isLoading: false, isComplete: false, failure });
      });
    },
    [api, id, tree],
  );
  const stop = useCallback(() => {
    ending.current?.abort();
    setState((before) => ({ ...before, isLoading: false }));
  }, []);
  useEffect(() => {
    load(1);
    return () => ending.current?.abort();
  }, [load]);
  return { tree, ...state, load, stop };
}
