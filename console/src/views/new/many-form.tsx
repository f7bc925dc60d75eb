/** The form for exports of many people's data: CSV from a file or pasted, its preview, and what is wrong with it. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { useSend } from "../../api/use-send";
import { Field } from "../../components/field";
import { useConsole } from "../../shell/context";
import { navigate } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { useDraft } from "../../sign-in/use-draft";
import { COLUMNS, type CsvBatch, CsvFault, MAX_BYTES, readBatch, textOf } from "./csv-batch";
import { CsvPreview } from "./csv-preview";
import { downloadCsv, localSeparator } from "./download-csv";
import { contentsOr } from "./kept-contents";
import { faultsOfLines, isRefused } from "./request-faults";
import { SendFailure } from "./send-failure";
import { rememberSent } from "./sent-batch";

const EXAMPLE = "type,id,reference\nuser,anna@contoso.com,DSR-2026-0042";

export function ManyForm() {
  const { api, t, announce } = useConsole();
  const { draft, change, drop } = useDraft("new-many", contentsOr(emptyForm));
  const { isSending, failure, send, clear } = useSend();
  const [fileFault, setFileFault] = useState<CsvFault | null>(null);
  const read = useMemo(() => batchIn(draft.text), [draft.text]);
  const fault = fileFault ?? (read instanceof CsvFault ? read : null);
  const batch = fault !== null || read instanceof CsvFault ? null : read;
  const faults = useMemo(() => faultsOfLines(batch?.lines ?? []), [batch]);
  const refused = [...faults.values()].filter((each) => each.some(isRefused)).length;
  const accepted = (batch?.lines.length ?? 0) - refused;
  const edit = (text: string, wrong: CsvFault | null = null): void => {
    const found = text.length > MAX_BYTES ? new CsvFault("limits") : wrong;
    const kept = found === null ? text : ""; // the tab could not keep a text of any length
    change((before) => ({ ...before, text: kept }));
    setFileFault(found);
    clear();
  };
  const load = async (file: File | undefined): Promise<void> => {
    if (file === undefined) {
      return;
    }
    try {
      edit(await textIn(file));
    } catch (error) {
      if (!(error instanceof CsvFault)) {
        throw error;
      }
      edit("", error);
    }
  };
  const isOver = useFileDrop(load);
  const submit = (changes: Partial<typeof draft> = {}): void => {
    const { key, text } = { ...draft, ...changes };
    change((before) => ({ ...before, ...changes }));
    send(async () => {
      const request = { body: text, mediaType: "text/csv", idempotencyKey: key };
      const { body } = await api.call("post", "/batches", request);
      rememberSent({ id: body.id, key, text });
      drop();
      announce(t("new.started"));
      navigate(pathTo("batches", body.id));
    });
  };
  const label = accepted === 0 ? t("new.start") : t("new.send", { count: accepted });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (accepted > 0) {
          submit();
        }
      }}
    >
      <div class={isOver ? "card card-target" : "card"}>
        <p>
          {t("new.manyHelp")} <code>{COLUMNS.join(", ")}</code>
        </p>
        <p class="choices">
          <button type="button" onClick={() => downloadCsv("exports.csv", [COLUMNS], localSeparator())}>
            {t("new.template")}
          </button>
        </p>
        <Field label={t("new.file")} hint={t("new.fileHint")}>
          {(attributes) => (
            <input
              {...attributes}
              type="file"
              accept=".csv,.tsv,.txt,text/csv"
              onChange={(event) => {
                void load(event.currentTarget.files?.[0]);
                event.currentTarget.value = ""; // so that the same file, corrected, can be chosen again
              }}
            />
          )}
        </Field>
        <Field label={t("new.csv")} error={fault && t(`new.csv.${fault.reason}`, { where: fault.where })}>
          {(attributes) => (
            <textarea
              {...attributes}
              class="csv"
              rows={8}
              spellcheck={false}
              placeholder={EXAMPLE}
              value={draft.text}
              onInput={(event) => edit(event.currentTarget.value)}
            />
          )}
        </Field>
        {failure && (
          <SendFailure
            failure={failure}
            sendAgain={() => submit()}
            startAnew={() => submit({ key: crypto.randomUUID() })}
          />
        )}
        <button type="submit" class="button-primary" disabled={accepted === 0}>
          {isSending ? t("shell.sending") : label}
        </button>
      </div>
      {batch && <CsvPreview lines={batch.lines} faults={faults} refused={refused} />}
    </form>
  );
}

function emptyForm() {
  return { key: crypto.randomUUID(), text: "" };
}

/**
 * Takes a file that is dropped anywhere on the page; without this the browser would leave the page for it.
 *
 * @returns whether a file is held over the page.
 */
function useFileDrop(load: (file: File | undefined) => Promise<void>): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const isFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const allow = (event: DragEvent): void => {
      if (isFile(event)) {
        event.preventDefault();
        setOver(true);
      }
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) {
        setOver(false); // it has left the window
      }
    };
    const take = (event: DragEvent): void => {
      if (isFile(event)) {
        event.preventDefault();
        setOver(false);
        void load(event.dataTransfer?.files[0]);
      }
    };
    addEventListener("dragover", allow);
    addEventListener("dragleave", leave);
    addEventListener("drop", take);
    return () => {
      removeEventListener("dragover", allow);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", take);
    };
  }, [load]);
  return isOver;
}

/**
 * The text of a file.
 *
 * @throws CsvFault if it can't be sent.
 */
async function textIn(file: File): Promise<string> {
  if (file.size > MAX_BYTES) {
    throw new CsvFault("limits");
  }
  try {
    return textOf(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    throw error instanceof DOMException ? new CsvFault("encoding") : error; // such as a folder
  }
}

/** What a text asks for, or why the whole of it would be refused; null without a text. */
function batchIn(text: string): CsvBatch | CsvFault | null {
  if (text.trim() === "") {
    return null;
  }
  try {
    return readBatch(text);
  } catch (error) {
    if (error instanceof CsvFault) {
      return error;
    }
    throw error;
  }
}
