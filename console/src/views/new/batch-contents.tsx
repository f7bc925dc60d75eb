/** The lines of a batch and what became of each, what was busy to be sent again, and what was refused to be corrected. */

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Answer } from "../../api/client";
import type { Batch } from "../../api/types";
import { useSend } from "../../api/use-send";
import { Time } from "../../components/time";
import { useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { Choices } from "./choices";
import { type CsvBatch, readBatch } from "./csv-batch";
import { downloadCsv } from "./download-csv";
import { ItemResult, statusText } from "./item-result";
import { LinesTable } from "./lines-table";
import { SendFailure } from "./send-failure";
import { forgetSent, type SentBatch, sentAs } from "./sent-batch";

interface BatchContentsProps {
  batch: Batch;
  /** Shows the batch as a call has returned it. */
  replace: (answer: Answer<Batch>) => void;
}

export function BatchContents({ batch, replace }: BatchContentsProps) {
  const { t, announce } = useConsole();
  const [chosen, setChosen] = useState("");
  const sent = useMemo(() => sentAs(batch.id), [batch.id]);
  const given = useMemo(() => sent && readBatch(sent.text), [sent]);
  const { Busy: busy = 0, Refused: refused = 0 } = batch.counts;
  const isSettled = busy === 0 && refused === 0;
  useEffect(() => {
    if (sent !== null && isSettled) {
      forgetSent();
    }
  }, [sent, isSettled]);
  const options = Object.entries(batch.counts).map(
    ([status, count]) => [status, `${statusText(t, status)} (${t.number(count)})`] as const,
  );
  const counts = options.map(([, text]) => text).join(", ");
  useEffect(() => {
    if (batch.status === "Completed") {
      announce(`${t("new.batch")}: ${counts}`);
    }
  }, [batch.status, counts, announce, t]);
  const isShown = chosen in batch.counts ? chosen : "";
  const rows = batch.items
    .filter(({ status }) => isShown === "" || status === isShown)
    .map((item) => {
      const fields = given?.lines[item.number - 1]?.fields ?? null;
      const { exportId } = item;
      const person = exportId && <Link to={pathTo("exports", exportId)}>{fields?.id ?? exportId}</Link>;
      return {
        number: item.number,
        fields,
        person: person ?? undefined,
        result: <ItemResult item={item} fields={fields} />,
      };
    });
  return (
    <>
      <p class="muted">
        {t("new.started")} <Time utc={batch.createdDateTime} />
      </p>
      {busy > 0 && <BusyLines count={busy} sent={sent} replace={replace} />}
      {refused > 0 && <RefusedLines batch={batch} count={refused} given={given} />}
      <Choices
        label={t("new.batch")}
        options={[["", `${t("list.all")} (${t.number(batch.items.length)})`], ...options]}
        chosen={isShown}
        choose={setChosen}
      />
      <LinesTable key={isShown} caption={t("new.batch")} rows={rows} />
    </>
  );
}

interface BusyLinesProps {
  count: number;
  sent: SentBatch | null;
  replace: (answer: Answer<Batch>) => void;
}

/** Sends the batch again with the same key: what is busy is tried again, and the rest stays as it is. */
function BusyLines({ count, sent, replace }: BusyLinesProps) {
  const { t, api } = useConsole();
  const { isSending, failure, send } = useSend();
  const sendAgain = (): void => {
    if (sent !== null) {
      const request = { body: sent.text, mediaType: "text/csv", idempotencyKey: sent.key };
      send(async () => replace(await api.call("post", "/batches", request)));
    }
  };
  return (
    <div class="notice notice-warning">
      <p>
        <strong>{t("new.busy", { count })}</strong>
      </p>
      {sent === null ? (
        <p>{t("new.busyElsewhere")}</p>
      ) : (
        <button type="button" onClick={sendAgain}>
          {t(isSending ? "shell.sending" : "new.sendAgain")}
        </button>
      )}
      {failure && <SendFailure failure={failure} sendAgain={sendAgain} />}
    </div>
  );
}

/** Gives the refused lines as CSV, so that they can be corrected and sent. */
function RefusedLines({ batch, count, given }: { batch: Batch; count: number; given: CsvBatch | null }) {
  const { t } = useConsole();
  const download = ({ header, lines, separator }: CsvBatch): void => {
    const numbers = new Set(batch.items.filter(({ status }) => status === "Refused").map(({ number }) => number));
    const refused = lines.filter(({ number }) => numbers.has(number));
    downloadCsv("refused.csv", [header, ...refused.map(({ cells }) => cells)], separator);
  };
  return (
    <div class="notice notice-error">
      <p>
        <strong>{t("new.refused", { count })}</strong>
      </p>
      {given && (
        <button type="button" onClick={() => download(given)}>
          {t("new.downloadRefused")}
        </button>
      )}
    </div>
  );
}
