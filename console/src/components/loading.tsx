/** Stands where something will be once it is loaded. */

import type { Translator } from "../languages/translator";

export function Loading({ t, lines = 3 }: { t: Translator; lines?: number }) {
  return (
    <div class="skeleton" aria-busy="true">
      <p class="visually-hidden" role="status">
        {t("shell.loading")}
      </p>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <span class="skeleton-line" key={line} />
      ))}
    </div>
  );
}
