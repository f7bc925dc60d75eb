/** The lines of a batch: for each who it is about, and what is said of it. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Pager } from "../../components/pager";
import { Time } from "../../components/time";
import { useConsole } from "../../shell/context";
import type { Fields } from "./csv-batch";
import { timeOf } from "./request-faults";

const ROWS_AT_ONCE = 100;

export interface Row {
  readonly number: number;
  /** What the line asks for; null where that is not known. */
  readonly fields: Fields | null;
  /** In place of the person's id, such as a link. */
  readonly person?: ComponentChildren;
  readonly result: ComponentChildren;
}

interface LinesTableProps {
  caption: string;
  rows: readonly Row[];
}

export function LinesTable({ caption, rows }: LinesTableProps) {
  const { t } = useConsole();
  const [start, setStart] = useState(0);
  return (
    <>
      <table class="lines">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              {t("new.line")}
            </th>
            <th scope="col">{t("list.person")}</th>
            <th scope="col">{t("list.status")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(start, start + ROWS_AT_ONCE).map(({ number, fields, person, result }) => (
            <tr key={number}>
              <td class="number">{t.number(number)}</td>
              <td>
                {person ?? fields?.id ?? "–"}
                {fields && <Details fields={fields} />}
              </td>
              <td>{result}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager start={start} size={ROWS_AT_ONCE} total={rows.length} move={setStart} />
    </>
  );
}

/** What else a line says, as it is understood. */
function Details({ fields }: { fields: Fields }) {
  const { t } = useConsole();
  const { type, reference, receivedDateTime: received, dueDateTime: due, allowDuplicate } = fields;
  return (
    <div class="muted details">
      {type === "inboundSharedUserProfile" && <span>{t("detail.subject.inboundSharedUserProfile")}</span>}
      {reference && <span>{reference}</span>}
      {received && <LabelledTime label={t("detail.received")} text={received} />}
      {due && <LabelledTime label={t("list.due")} text={due} />}
      {allowDuplicate === "true" && <span>{t("new.allowDuplicate")}</span>}
    </div>
  );
}

function LabelledTime({ label, text }: { label: string; text: string }) {
  const time = timeOf(text);
  return (
    <span>
      {label} {time === null ? text : <Time utc={new Date(time).toISOString()} />}
    </span>
  );
}
