/** Watches something that takes time: asks again no sooner than the API allows, and not while nobody looks. */

import { useEffect, useRef } from "preact/hooks";

/**
 * Calls `ask` again once `seconds` have passed, for as long as they are not null.
 *
 * While the page is hidden nothing is asked; once it is shown again, what has become due is asked at once.
 *
 * @param seconds after how long to ask again, from now on: as `Retry-After` said; null where there is nothing to watch.
 * @param answer what the wait follows: the wait begins anew where it changes.
 */
export function useWatch(seconds: number | null, answer: unknown, ask: () => void): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (seconds === null) return;
    let isDue = false;
    const askIfShown = (): void => {
      if (!isDue || document.visibilityState === "hidden") return;
      isDue = false;
      latest.current();
    };
    const timer = setTimeout(() => {
      isDue = true;
      askIfShown();
    }, seconds * 1000);
    document.addEventListener("visibilitychange", askIfShown);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", askIfShown);
    };
  }, [seconds, answer]);
}
