/** Downloads a file of an export by a link that is made for it. */

import { useState } from "preact/hooks";
import type { ManifestFile } from "../../api/types";
import { saveLink } from "../../components/save-link";
import { useConsole } from "../../shell/context";

export interface Download {
  /** The file whose link is being made. */
  readonly pending: ManifestFile | null;
  readonly failure: Error | null;
  start(file: ManifestFile): void;
}

/** @param linked called once a link is made, which the audit trail records. */
export function useDownload(id: string, linked: () => void): Download {
  const { api, t, announce } = useConsole();
  const [pending, setPending] = useState<ManifestFile | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const download = async (file: ManifestFile): Promise<void> => {
    setPending(file);
    setFailure(null);
    try {
      const { body } = await api.call("post", "/exports/{id}/links", { path: { id }, body: { files: [file.name] } });
      for (const { url } of body.value) {
        saveLink(url);
      }
      announce(t("detail.downloading"));
      linked();
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setPending(null);
    }
  };
  return { pending, failure, start: (file) => void download(file) };
}
