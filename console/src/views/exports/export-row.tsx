/** One export in the list. */

import type { Export } from "../../api/types";
import { deadlineOf, deadlineText, deadlineTone } from "../../components/deadline";
import { ExportStates } from "../../components/export-states";
import { Time } from "../../components/time";
import { dateText } from "../../languages/dates";
import type { Translator } from "../../languages/translator";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { shareDone, shortId, warningsBeside } from "./export-facts";

interface ExportRowProps {
  exported: Export;
  /** In milliseconds since 1970. */
  now: number;
  t: Translator;
}

export function ExportRow({ exported, now, t }: ExportRowProps) {
  const { id, reference } = exported;
  return (
    <tr>
      <td>
        <Due exported={exported} now={now} t={t} />
      </td>
      <th scope="row">
        <Link to={pathTo("exports", id)}>{reference ?? t("list.withoutReference", { id: shortId(id) })}</Link>
      </th>
      <td data-label={t("list.person")}>
        <Person exported={exported} t={t} />
      </td>
      <td>
        <Status exported={exported} t={t} />
      </td>
      <td>
        <Files exported={exported} t={t} />
      </td>
    </tr>
  );
}

function Due({ exported, now, t }: ExportRowProps) {
  const deadline = deadlineOf(exported, now);
  const tone = deadlineTone(deadline);
  return (
    <>
      {deadline.clock !== "stopped" && (
        <span class={tone === "neutral" ? undefined : `badge badge-${tone}`}>{deadlineText(t, deadline)}</span>
      )}
      <span class="muted">
        <Time utc={exported.dueDateTime} dateOnly={true} />
      </span>
    </>
  );
}

function Person({ exported: { subject }, t }: Omit<ExportRowProps, "now">) {
  return (
    <>
      {subject.id === null ? "–" : <code title={subject.id}>{shortId(subject.id)}</code>}
      {subject.type !== "user" && <span class="muted">{t("list.external")}</span>}
    </>
  );
}

function Status({ exported, t }: Omit<ExportRowProps, "now">) {
  const share = shareDone(exported);
  const warnings = warningsBeside(exported);
  return (
    <>
      <ExportStates exported={exported} />
      {share !== null && <span class="muted">{t.percent(share)}</span>}
      {warnings > 0 && <span class="muted">{t("list.warnings", { count: warnings })}</span>}
    </>
  );
}

function Files({ exported: { files, erasureDueDateTime, hold }, t }: Omit<ExportRowProps, "now">) {
  if (files === null) {
    return null;
  }
  return (
    <>
      <span>{t("list.fileCount", { count: files.count })}</span>
      {erasureDueDateTime !== null && hold === null && (
        <span class="muted">{t("list.until", { date: dateText(t.locale, erasureDueDateTime) })}</span>
      )}
    </>
  );
}
