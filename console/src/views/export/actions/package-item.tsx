/** A package: how far it is, then its zips, each to be downloaded, and links to be sent. */

import { useCallback, useState } from "preact/hooks";
import { ApiFailure } from "../../../api/failures";
import type { ExportPackage } from "../../../api/types";
import { useWatch } from "../../../api/use-watch";
import { Failure } from "../../../components/failure";
import { Time } from "../../../components/time";
import { isLanguage, LANGUAGES } from "../../../languages/translator";
import { useConsole } from "../../../shell/context";
import { DownloadButton } from "./download-button";
import { LinkDialog } from "./link-dialog";

const SECONDS = 5;

interface PackageItemProps {
  made: ExportPackage;
  isPermitted: boolean;
  reload: () => Promise<void>;
}

export function PackageItem({ made, isPermitted, reload }: PackageItemProps) {
  const { language } = made;
  return (
    <li>
      <h3 lang={language}>{isLanguage(language) ? LANGUAGES[language] : language}</h3>
      {made.status === "Building" && <Building made={made} reload={reload} />}
      {made.status === "Failed" && <FailedPackage made={made} />}
      {made.status === "Ready" && <ReadyPackage made={made} isPermitted={isPermitted} />}
    </li>
  );
}

function Building({ made, reload }: Omit<PackageItemProps, "isPermitted">) {
  const { api, t, announce } = useConsole();
  const [answer, setAnswer] = useState({ progress: made.progress, seconds: 0 });
  const [failure, setFailure] = useState<Error | null>(null);
  const ask = useCallback(async (): Promise<void> => {
    setFailure(null);
    try {
      const path = { id: made.exportId };
      const query = { language: made.language as "en" };
      const { status, body, retryAfter } = await api.call("get", "/exports/{id}/package", { path, query });
      if (status === 202) {
        setAnswer({ progress: body.progress, seconds: retryAfter ?? SECONDS });
        return;
      }
      announce(t("actions.done", { what: t("packages.make") }));
      await reload();
    } catch (error) {
      const isOver = error instanceof ApiFailure && (error.status === 424 || error.status === 404);
      if (isOver) {
        await reload();
      } else {
        setFailure(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }, [api, t, announce, made.exportId, made.language, reload]);
  useWatch(failure === null ? answer.seconds : null, answer, () => void ask());
  return (
    <>
      <p>{t("packages.building", { share: t.percent(answer.progress) })}</p>
      <progress value={answer.progress} aria-label={t("packages.make")} />
      {failure && <Failure t={t} failure={failure} retry={() => void ask()} />}
    </>
  );
}

function FailedPackage({ made }: { made: ExportPackage }) {
  const { t } = useConsole();
  return (
    <div class="notice notice-error">
      <p>
        <strong>{t("packages.failed")}</strong>
      </p>
      {made.error && (
        <p lang="en">
          {made.error.message} <span class="muted">{made.error.code}</span>
        </p>
      )}
    </div>
  );
}

function ReadyPackage({ made, isPermitted }: { made: ExportPackage; isPermitted: boolean }) {
  const { t } = useConsole();
  const [isLinking, setLinking] = useState(false);
  return (
    <>
      {made.madeDateTime && (
        <p class="muted">
          <Time utc={made.madeDateTime} />
        </p>
      )}
      <ul class="zips">
        {made.files.map(({ name, size }) => (
          <li key={name}>
            <span>
              {name} <span class="muted">{t.bytes(size)}</span>
            </span>
            {isPermitted && <DownloadButton made={made} name={name} />}
          </li>
        ))}
      </ul>
      {isPermitted && (
        <button type="button" onClick={() => setLinking(true)}>
          {t("packages.link")}
        </button>
      )}
      {isLinking && <LinkDialog made={made} close={() => setLinking(false)} />}
    </>
  );
}
