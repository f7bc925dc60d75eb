/** Downloads a zip of a package. */

import type { ExportPackage } from "../../../api/types";
import { useSend } from "../../../api/use-send";
import { Failure } from "../../../components/failure";
import { saveLink } from "../../../components/save-link";
import { useConsole } from "../../../shell/context";
import { LIFETIMES, packageLinks } from "./package-links";
import { withReload } from "./with-reload";

interface DownloadButtonProps {
  made: ExportPackage;
  /** The name of the zip. */
  name: string;
  /** Loads the export again, whose trail records each link. */
  reload: () => Promise<void>;
}

export function DownloadButton({ made, name, reload }: DownloadButtonProps) {
  const { api, t, signIn } = useConsole();
  const { isSending, failure, send } = useSend();
  const download = async (): Promise<void> => {
    const links = await withReload(packageLinks(api, made, LIFETIMES[0]), reload);
    const link = links.value.find((each) => each.name === name);
    if (link) {
      saveLink(link.url);
    }
    await reload();
  };
  return (
    <>
      <button
        type="button"
        aria-label={t("packages.downloadFile", { name })}
        aria-disabled={isSending}
        onClick={() => send(download)}
      >
        {t("packages.download")}
      </button>
      {failure && <Failure t={t} failure={failure} signIn={signIn} />}
    </>
  );
}
