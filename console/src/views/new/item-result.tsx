/** What became of one line of a batch, and why. */

import type { Batch } from "../../api/types";
import type { MessageKey, Translator } from "../../languages/translator";
import { useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { explanationKey } from "../export/explanations";
import type { Fields } from "./csv-batch";
import { Faults } from "./faults";
import { faultsOf } from "./request-faults";

type Item = Batch["items"][number];

const BADGES: Readonly<Record<Item["status"], string>> = {
  NotStarted: "badge",
  Running: "badge badge-informative",
  Succeeded: "badge badge-success",
  Failed: "badge badge-danger",
  Canceled: "badge",
  Refused: "badge badge-danger",
  Busy: "badge badge-warning",
  Unreadable: "badge badge-danger",
};

const STATUS_TEXTS: Readonly<Record<string, MessageKey>> = {
  NotStarted: "state.accepted",
  Running: "state.inProgress",
  Succeeded: "list.succeeded",
  Failed: "state.failed",
  Canceled: "state.canceled",
  Refused: "new.status.Refused",
  Busy: "new.status.Busy",
  Unreadable: "new.status.Unreadable",
};

interface ItemResultProps {
  item: Item;
  /** What was sent; null where that is not known. */
  fields: Fields | null;
}

export function ItemResult({ item: { status, error }, fields }: ItemResultProps) {
  const { t } = useConsole();
  // What was refused for a fault that the console knows is said in the reader's language.
  const faults = fields !== null && status === "Refused" ? faultsOf(fields) : [];
  return (
    <>
      <span class={BADGES[status]}>{statusText(t, status)}</span>
      {faults.length > 0 ? <Faults faults={faults} /> : error && status !== "Busy" && <Reason error={error} />}
    </>
  );
}

export function statusText(t: Translator, status: string): string {
  const key = STATUS_TEXTS[status];
  return key === undefined ? status : t(key);
}

function Reason({ error: { code, message, target } }: { error: NonNullable<Item["error"]> }) {
  const { t } = useConsole();
  const own = `errors.code.${code}`;
  const key = t.has(own) ? own : explanationKey(code, t.has);
  return (
    <div class="details">
      {key === null ? <span lang="en">{message}</span> : t(key)}
      {code === "ExportInProgress" && target && (
        <>
          {" "}
          <Link to={pathTo("exports", target)}>{t("new.showOther")}</Link>
        </>
      )}
    </div>
  );
}
