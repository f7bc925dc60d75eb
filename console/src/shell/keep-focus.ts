/** Keeps the focus in the part of the page where it was, once what had it is gone or disabled. */

const PARTS = "dialog[open], section, main";

/**
 * Watches the page. A browser would lead the focus to the body, so that the keyboard begins anew at the top.
 *
 * @returns ends it.
 */
export function keepFocus(): () => void {
  let focused: Element | null = null;
  let around: readonly Element[] = []; // what is gone has no parents any more
  const isLost = (): boolean => focused !== null && (!focused.isConnected || focused.matches(":disabled"));
  const note = ({ target }: FocusEvent): void => {
    focused = target instanceof Element ? target : null;
    around = ancestorsOf(focused);
  };
  const forget = (): void => {
    queueMicrotask(() => {
      // Somebody has clicked beside everything.
      if (!isLost() && document.activeElement === document.body) focused = null;
    });
  };
  const observer = new MutationObserver(() => {
    const active = document.activeElement;
    if (!isLost() || (active !== focused && active !== document.body)) return;
    const part = around.find((each) => each.isConnected && each.matches(PARTS));
    const target = part?.matches("main") ? (part.querySelector("h1") ?? part) : part;
    if (target instanceof HTMLElement) {
      target.tabIndex = -1;
      target.focus({ preventScroll: true });
    }
  });
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  document.addEventListener("focusin", note);
  document.addEventListener("focusout", forget);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", note);
    document.removeEventListener("focusout", forget);
  };
}

function ancestorsOf(element: Element | null): readonly Element[] {
  const parent = element?.parentElement;
  return parent ? [parent, ...ancestorsOf(parent)] : [];
}
