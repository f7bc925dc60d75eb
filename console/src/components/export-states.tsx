/** The state of an export as badges. */

import type { Export } from "../api/types";
import { useConsole } from "../shell/context";
import { statesOf } from "./export-state";

export function ExportStates({ exported }: { exported: Export }) {
  const { t } = useConsole();
  return (
    <span class="badges">
      {statesOf(exported).map(({ name, tone }) => (
        <span class={`badge badge-${tone}`} key={name}>
          {t(`state.${name}`)}
        </span>
      ))}
    </span>
  );
}
