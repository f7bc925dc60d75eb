/** Some folders and files as a table. Their names are from outside: they are only ever text. */

import type { Ref } from "preact";
import type { ManifestFile } from "../../api/types";
import { Failure } from "../../components/failure";
import { useConsole } from "../../shell/context";
import { baseName, type Entry, type Folder } from "./file-tree";
import type { Download } from "./use-download";
import { visibleText } from "./visible-text";

const HASH = "SHA-256";

interface FileTableProps {
  /** The table itself, to lead the focus to. */
  table: Ref<HTMLTableElement>;
  caption: string;
  entries: readonly Entry[];
  /** Whether files are shown with their folders. */
  isWholePath: boolean;
  /** Whether more files of a folder can still be loaded. */
  mayGrow: (folder: Folder) => boolean;
  open: (path: readonly string[]) => void;
  /** Downloads a file; null where the reader may not. */
  download: Download | null;
}

export function FileTable({ table, caption, entries, isWholePath, mayGrow, open, download }: FileTableProps) {
  const { t } = useConsole();
  return (
    <table class="files" ref={table} tabIndex={-1}>
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t("detail.name")}</th>
          <th scope="col" class="number">
            {t("detail.size")}
          </th>
          <th scope="col">{HASH}</th>
          {download !== null && (
            <th scope="col">
              <span class="visually-hidden">{t("detail.download")}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) =>
          "folder" in entry ? (
            <FolderRow
              folder={entry.folder}
              isGrowing={mayGrow(entry.folder)}
              open={open}
              span={download === null ? 1 : 2}
              key={`/${entry.folder.name}`}
            />
          ) : (
            <FileRow
              file={entry.file}
              name={isWholePath ? entry.file.name : baseName(entry.file.name)}
              download={download}
              key={entry.file.number}
            />
          ),
        )}
      </tbody>
    </table>
  );
}

interface FolderRowProps {
  folder: Folder;
  isGrowing: boolean;
  open: (path: readonly string[]) => void;
  span: number;
}

function FolderRow({ folder, isGrowing, open, span }: FolderRowProps) {
  const { t } = useConsole();
  const more = isGrowing ? "+" : "";
  const count = isGrowing ? t.number(folder.count) + more : folder.count;
  return (
    <tr>
      <td>
        <button type="button" class="button-quiet link" onClick={() => open(folder.path)}>
          <span aria-hidden="true">▸</span> <bdi class="file-name">{visibleText(folder.name) || "/"}</bdi>
        </button>{" "}
        <span class="muted folder-count">{t("detail.fileCount", { count })}</span>
      </td>
      <td class="number">
        {t.bytes(folder.bytes)}
        {more}
      </td>
      <td colSpan={span} />
    </tr>
  );
}

interface FileRowProps {
  file: ManifestFile;
  name: string;
  download: FileTableProps["download"];
}

function FileRow({ file, name, download }: FileRowProps) {
  const { t, signIn } = useConsole();
  const own = download?.file?.number === file.number ? download : null;
  return (
    <tr>
      <td>
        <bdi class="file-name">{visibleText(name)}</bdi>
        {own?.failure && <Failure t={t} failure={own.failure} signIn={signIn} />}
      </td>
      <td class="number">{t.bytes(file.size)}</td>
      <td>{file.sha256 === null ? t("detail.notHashed") : <code class="hash">{file.sha256}</code>}</td>
      {download !== null && (
        <td>
          <button
            type="button"
            aria-label={t("detail.downloadFile", { name: visibleText(name) })}
            aria-disabled={own?.isPending}
            onClick={() => own?.isPending || download.start(file)}
          >
            {t("detail.download")}
          </button>
        </td>
      )}
    </tr>
  );
}
