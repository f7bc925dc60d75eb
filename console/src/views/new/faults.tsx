/** What is wrong with a line, in words. */

import { useConsole } from "../../shell/context";
import { type Fault, isRefused } from "./request-faults";

export function Faults({ faults }: { faults: readonly Fault[] }) {
  const { t } = useConsole();
  return (
    <ul class="details">
      {faults.map(({ field, reason, where = 0 }) => (
        <li class={isRefused({ field, reason }) ? "field-error" : undefined} key={`${field} ${reason}`}>
          {field !== null && (
            <>
              <code>{field}</code>{" "}
            </>
          )}
          {t(`new.fault.${reason}`, { where })}
        </li>
      ))}
    </ul>
  );
}
