/** Moves between views without loading the page again. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const MOVED = "console-moved";

/** Shows the view of a path; Back returns to the present one, unless the path takes its place. */
export function navigate(path: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  dispatchEvent(new Event(MOVED));
}

/** The present URL; whoever uses it is rendered again when it changes. */
export function useUrl(): URL {
  const [url, setUrl] = useState(() => new URL(location.href));
  useEffect(() => {
    const read = (): void => {
      setUrl(new URL(location.href));
    };
    addEventListener("popstate", read);
    addEventListener(MOVED, read);
    return () => {
      removeEventListener("popstate", read);
      removeEventListener(MOVED, read);
    };
  }, []);
  return url;
}

interface LinkProps {
  to: string;
  class?: string;
  current?: boolean;
  label?: string;
  children: ComponentChildren;
}

/** A link to another view. With a modifier key, or as a new tab, it is a plain link. */
export function Link({ to, current = false, label, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} class={rest.class} aria-current={current ? "page" : undefined} aria-label={label} onClick={follow}>
      {children}
    </a>
  );
}
