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
  /** After how many seconds to ask how far it is. */
  wait: number;
  isPermitted: boolean;
  reload: () => Promise<void>;
}

export function PackageItem({ made, wait, isPermitted, reload }: PackageItemProps) {
  const { language } = made;
  const name = isLanguage(language) ? LANGUAGES[language] : language;
  return (
    <li>
      {made.status === "Building" && <Building made={made} name={name} wait={wait} reload={reload} />}
      {made.status === "Failed" && <FailedPackage made={made} name={name} />}
      {made.status === "Ready" && <ReadyPackage made={made} name={name} isPermitted={isPermitted} reload={reload} />}
    </li>
  );
}

interface NamedPackage {
  made: ExportPackage;
  /** Its language. */
  name: string;
}

type BuildingProps = NamedPackage & Pick<PackageItemProps, "wait" | "reload">;

function Building({ made, name, wait, reload }: BuildingProps) {
  const { api, t, announce } = useConsole();
  const [answer, setAnswer] = useState({ progress: made.progress, seconds: wait });
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
      <p>
        <strong lang={made.language}>{name}</strong> {t("packages.building", { share: t.percent(answer.progress) })}
      </p>
      <progress value={answer.progress} aria-label={`${t("packages.heading")}, ${name}`} />
      {failure && <Failure t={t} failure={failure} retry={() => void ask()} />}
    </>
  );
}

function FailedPackage({ made, name }: NamedPackage) {
  const { t } = useConsole();
  return (
    <div class="notice notice-error">
      <p>
        <strong>{t("packages.failed", { name })}</strong>
      </p>
      {made.error && (
        <p lang="en">
          {made.error.message} <span class="muted">{made.error.code}</span>
        </p>
      )}
    </div>
  );
}

type ReadyProps = NamedPackage & Pick<PackageItemProps, "isPermitted" | "reload">;

function ReadyPackage({ made, name, isPermitted, reload }: ReadyProps) {
  const { t } = useConsole();
  const [isLinking, setLinking] = useState(false);
  const id = `package-${made.language}`;
  return (
    <>
      <div class="package-heading">
        <span>
          <strong lang={made.language} id={id}>
            {name}
          </strong>{" "}
          <span class="muted">{made.madeDateTime && <Time utc={made.madeDateTime} />}</span>
        </span>
        {isPermitted && (
          <button type="button" aria-describedby={id} onClick={() => setLinking(true)}>
            {t("packages.link")}
          </button>
        )}
      </div>
      <ul class="zips">
        {made.files.map((zip) => (
          <li key={zip.name}>
            <span>
              {zip.name} <span class="muted">{t.bytes(zip.size)}</span>
            </span>
            {isPermitted && <DownloadButton made={made} name={zip.name} reload={reload} />}
          </li>
        ))}
      </ul>
      {isLinking && <LinkDialog made={made} reload={reload} close={() => setLinking(false)} />}
    </>
  );
}
