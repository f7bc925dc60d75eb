/** Downloads a zip of a package. */

import type { ExportPackage } from "../../../api/types";
import { useSend } from "../../../api/use-send";
import { Failure } from "../../../components/failure";
import { saveLink } from "../../../components/save-link";
import { useConsole } from "../../../shell/context";
import { LIFETIMES, packageLinks } from "./package-links";

export function DownloadButton({ made, name }: { made: ExportPackage; name: string }) {
  const { api, t, signIn } = useConsole();
  const { isSending, failure, send } = useSend();
  const download = async (): Promise<void> => {
    const links = await packageLinks(api, made, LIFETIMES[0]);
    const link = links.value.find((each) => each.name === name);
    if (link) {
      saveLink(link.url);
    }
  };
  return (
    <>
      <button
        type="button"
        aria-label={t("packages.downloadFile", { name })}
        disabled={isSending}
        onClick={() => send(download)}
      >
        {t("packages.download")}
      </button>
      {failure && <Failure t={t} failure={failure} signIn={signIn} />}
    </>
  );
}
