/** Downloads a zip of a package. */

import type { ExportPackage } from "../../../api/types";
import { Failure } from "../../../components/failure";
import { useConsole } from "../../../shell/context";
import { LIFETIMES, packageLinks } from "./package-links";
import { useOnce } from "./use-once";

export function DownloadButton({ made, name }: { made: ExportPackage; name: string }) {
  const { api, t, signIn } = useConsole();
  const download = useOnce(async () => {
    const links = await packageLinks(api, made, LIFETIMES[0]);
    const link = links.value.find((each) => each.name === name);
    if (link) {
      save(link.url);
    }
  });
  return (
    <>
      <button
        type="button"
        aria-label={t("packages.downloadFile", { name })}
        disabled={download.isBusy}
        onClick={download.start}
      >
        {t("packages.download")}
      </button>
      {download.failure && <Failure t={t} failure={download.failure} signIn={signIn} />}
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
