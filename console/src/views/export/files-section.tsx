/** The files of an export by folder, and what is left of them once they are erased. */

import { useRef, useState } from "preact/hooks";
import type { Export } from "../../api/types";
import { Failure } from "../../components/failure";
import { Field } from "../../components/field";
import { Loading } from "../../components/loading";
import { Pager } from "../../components/pager";
import { hasRole, useConsole } from "../../shell/context";
import { FileTable } from "./file-table";
import { type Entry, entriesOf, type FileTree, type Folder } from "./file-tree";
import { FolderPath } from "./folder-path";
import { useDownload } from "./use-download";
import { useFiles } from "./use-files";
import { visibleText } from "./visible-text";

const WINDOW = 100;

interface FilesProps {
  exported: Export;
  /** Called once a link is made, which the audit trail records. */
  linked: () => void;
}

export function FilesSection({ exported, linked }: FilesProps) {
  const { t } = useConsole();
  const { files, erasedDateTime } = exported;
  if (files === null) {
    return null;
  }
  return (
    <section class="card" aria-labelledby="files-heading">
      <h2 id="files-heading">{t("detail.files")}</h2>
      <p>
        {t("detail.fileCount", { count: files.count })} · {t.bytes(files.totalBytes)}
      </p>
      {erasedDateTime !== null && <p class="muted">{t("detail.filesErased")}</p>}
      {erasedDateTime === null && files.count > 0 && <Files exported={exported} total={files.count} linked={linked} />}
    </section>
  );
}

function Files({ exported, total, linked }: FilesProps & { total: number }) {
  const { t, me, signIn } = useConsole();
  const { tree, isLoading, isComplete, failure, load, stop } = useFiles(exported.id);
  const download = useDownload(exported.id, linked);
  const table = useRef<HTMLTableElement>(null);
  const [path, setPath] = useState<readonly string[]>([]);
  const [wanted, setWanted] = useState("");
  const [start, setStart] = useState(0);
  const folder = tree.at(path);
  const shown = shownEntries(tree, folder, wanted, start);
  const mayHaveMore = !isComplete && (wanted !== "" || tree.mayGrow(folder));
  const move = (to: number): void => {
    if (to >= shown.total && !isLoading) {
      load(1);
    }
    setStart(to);
  };
  const open = (names: readonly string[]): void => {
    setPath(names);
    table.current?.focus(); // the button that was pressed is gone
    setWanted("");
    setStart(0);
  };
  if (tree.count === 0 && isLoading) {
    return <Loading t={t} />;
  }
  return (
    <>
      <Field label={t("detail.find")}>
        {(attributes) => (
          <input
            {...attributes}
            type="search"
            value={wanted}
            onInput={(event) => {
              setWanted(event.currentTarget.value);
              setStart(0);
            }}
          />
        )}
      </Field>
      {!isComplete && (
        <LoadedSoFar
          count={tree.count}
          total={total}
          isLoading={isLoading}
          loadAll={() => load(Infinity)}
          stop={stop}
        />
      )}
      {failure !== null && <Failure t={t} failure={failure} retry={() => load(1)} signIn={signIn} />}
      {wanted === "" ? (
        <FolderPath path={folder.path} open={open} />
      ) : (
        <p role="status">{t("detail.found", { count: shown.total })}</p>
      )}
      <FileTable
        table={table}
        caption={wanted === "" && folder.path.length > 0 ? visibleText(folder.name) : t("detail.allFiles")}
        entries={shown.entries}
        isWholePath={wanted !== ""}
        mayGrow={(each) => !isComplete && tree.mayGrow(each)}
        open={open}
        download={exported.status === "Succeeded" && hasRole(me, "Exports.Download") ? download : null}
      />
      <Pager start={shown.start} size={WINDOW} total={shown.total} hasMore={mayHaveMore} move={move} />
    </>
  );
}

interface Shown {
  readonly entries: readonly Entry[];
  readonly start: number;
  readonly total: number;
}

function shownEntries(tree: FileTree, folder: Folder, wanted: string, from: number): Shown {
  if (wanted === "") {
    const total = folder.folders.size + folder.files.length;
    const start = from < total ? from : lastStart(total); // until more is loaded, if there is more
    return { entries: entriesOf(folder, start, start + WINDOW), start, total };
  }
  const found = tree.find(wanted);
  const start = from < found.length ? from : lastStart(found.length);
  return { entries: found.slice(start, start + WINDOW).map((file) => ({ file })), start, total: found.length };
}

function lastStart(total: number): number {
  return Math.max(0, Math.floor((total - 1) / WINDOW) * WINDOW);
}

interface LoadedSoFarProps {
  count: number;
  total: number;
  isLoading: boolean;
  loadAll: () => void;
  stop: () => void;
}

function LoadedSoFar({ count, total, isLoading, loadAll, stop }: LoadedSoFarProps) {
  const { t } = useConsole();
  const text = t("detail.loaded", { count, total });
  return (
    <div class="buttons loaded-so-far">
      <span>{text}</span>
      {isLoading && <progress value={count} max={total} aria-label={text} />}
      <button type="button" onClick={isLoading ? stop : loadAll}>
        {t(isLoading ? "detail.stop" : "detail.loadAll")}
      </button>
    </div>
  );
}
