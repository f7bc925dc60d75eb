/** A text to be copied, such as an id. */

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
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    announce(t("shell.copied"));
  };
  return (
    <span class="copyable">
      <code>{text}</code>
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
