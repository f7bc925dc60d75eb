/** The contents of a form, which outlive a sign-in and a reload until the form is sent. */

import { useCallback, useRef, useState } from "preact/hooks";
import { draftOf, dropDraft, keepDraft } from "./drafts";

interface Draft<T> {
  readonly draft: T;
  /** Changes the contents, and keeps them. */
  change(next: (before: T) => T): void;
  /** Forgets what is kept, because it was sent. */
  drop(): void;
}

/**
 * @param name of the draft: one for each form.
 * @param read makes the contents of what was kept, for which nothing is too strange; null if nothing was.
 * @param kept what is kept of the contents; null if nothing is.
 */
export function useDraft<T>(
  name: string,
  read: (kept: unknown) => T,
  kept: (contents: T) => unknown = (contents) => contents,
): Draft<T> {
  const [draft, setDraft] = useState<T>(() => read(draftOf(name)));
  const latest = useRef(draft);
  const drop = useCallback(() => dropDraft(name), [name]);
  const change = (next: (before: T) => T): void => {
    latest.current = next(latest.current);
    setDraft(latest.current);
    const content = kept(latest.current);
    if (content === null) {
      drop();
    } else {
      keepDraft(name, content);
    }
  };
  return { draft, change, drop };
}
