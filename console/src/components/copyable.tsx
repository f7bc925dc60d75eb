/** A text to be copied, such as an id. */

import { useConsole } from "../shell/context";

export function Copyable({ text, label }: { text: string; label: string }) {
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
        class="button-quiet"
        aria-label={t("shell.copy", { what: label })}
        onClick={() => void copy()}
      >
        <span aria-hidden="true">⧉</span>
      </button>
    </span>
  );
}
