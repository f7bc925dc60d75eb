/** Downloads a file of an export by a link that is made for it. */

import { useState } from "preact/hooks";
import type { ManifestFile } from "../../api/types";
import { saveLink } from "../../components/save-link";
import { useConsole } from "../../shell/context";

export interface Download {
  /** The file that was asked for last. */
  readonly file: ManifestFile | null;
  readonly isPending: boolean;
  readonly failure: Error | null;
  start(file: ManifestFile): void;
}

/** @param linked called once a link is made, which the audit trail records. */
export function useDownload(id: string, linked: () => void): Download {
  const { api, t, announce } = useConsole();
  const [file, setFile] = useState<ManifestFile | null>(null);
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);
  const download = async (wanted: ManifestFile): Promise<void> => {
    setFile(wanted);
    setPending(true);
    setFailure(null);
    try {
      const { body } = await api.call("post", "/exports/{id}/links", { path: { id }, body: { files: [wanted.name] } });
      for (const { url } of body.value) {
        saveLink(url);
      }
      announce(t("detail.downloading"));
      linked();
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setPending(false);
    }
  };
  return { file, isPending, failure, start: (wanted) => void download(wanted) };
}
