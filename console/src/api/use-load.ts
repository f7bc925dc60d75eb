/** Loads what a view shows, and loads it again. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** What was loaded last, and whether the newest try is under way or has failed. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly failure: Error | null;
  readonly isLoading: boolean;
  /** Loads again; what was loaded stays until then. */
  reload(): void;
  /** Puts in place of what was loaded what a call has returned since; what is still being loaded may be older. */
  replace(value: T): void;
}

interface State<T> {
  readonly key: string;
  readonly value: T | null;
  readonly failure: Error | null;
  readonly isLoading: boolean;
}

/**
 * Loads a value, and again where the key changes.
 *
 * @param key what the value depends on: what was loaded for another key is not shown.
 * @param kept what to show until it is loaded for the first time.
 */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>, kept: T | null = null): Loaded<T> {
  const [state, setState] = useState<State<T>>({ key, value: kept, failure: null, isLoading: true });
  const [tries, setTries] = useState(0);
  const loading = useRef<AbortController | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is loaded, and `load` is new at each render
  useEffect(() => {
    const ending = new AbortController();
    loading.current = ending;
    setState((before) => ({ key, value: before.key === key ? before.value : null, failure: null, isLoading: true }));
    load(ending.signal).then(
      (value) => {
        if (!ending.signal.aborted) setState({ key, value, failure: null, isLoading: false });
      },
      (failure: unknown) => {
        if (ending.signal.aborted) return;
        const error = failure instanceof Error ? failure : new Error(String(failure));
        setState((before) => ({ ...before, failure: error, isLoading: false }));
      },
    );
    return () => {
      ending.abort();
    };
  }, [key, tries]);
  const reload = useCallback(() => {
    setTries((before) => before + 1);
  }, []);
  const replace = useCallback(
    (value: T) => {
      loading.current?.abort();
      setState({ key, value, failure: null, isLoading: false });
    },
    [key],
  );
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : null,
    failure: isCurrent ? state.failure : null,
    isLoading: !isCurrent || state.isLoading,
    reload,
    replace,
  };
}
