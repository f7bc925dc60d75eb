/** Downloads a zip of a package. */

import type { ExportPackage } from "../../../api/types";
import { useSend } from "../../../api/use-send";
import { Failure } from "../../../components/failure";
import { useConsole } from "../../../shell/context";
import { LIFETIMES, packageLinks } from "./package-links";

export function DownloadButton({ made, name }: { made: ExportPackage; name: string }) {
  const { api, t, signIn } = useConsole();
  const { isSending, failure, send } = useSend();
  const download = async (): Promise<void> => {
    const links = await packageLinks(api, made, LIFETIMES[0]);
    const link = links.value.find((each) => each.name === name);
    if (link) {
      save(link.url);
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

/** Has the browser save what a link leads to: it responds as an attachment, so that the page stays where it is. */
function save(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.rel = "noreferrer";
  link.click();
}
