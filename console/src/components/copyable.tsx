/** A text to be copied, such as an id. */

import { useRef } from "preact/hooks";
import { useConsole } from "../shell/context";

interface CopyableProps {
  text: string;
  /** What it is, for screen readers. */
  label: string;
  /** What the button says, where copying is what one is there for; by default it has an icon only. */
  action?: string;
}

export function Copyable({ text, label, action }: CopyableProps) {
  const { t, announce } = useConsole();
  const shown = useRef<HTMLElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      announce(t("shell.copied"));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // The browser does not allow it. What is selected can be copied by hand.
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
      announce(t("shell.notCopied"));
    }
  };
  return (
    <span class="copyable">
      <code ref={shown}>{text}</code>
      <button
        type="button"
        class={action ? "button-primary" : "button-quiet"}
        aria-label={t("shell.copy", { what: label })}
        onClick={() => void copy()}
      >
        {action ?? (
          <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
            <path d="M5.5 5.5v-4h9v9h-4m-9-5h9v9h-9z" />
          </svg>
        )}
      </button>
    </span>
  );
}
