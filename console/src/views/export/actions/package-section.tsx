/** The packages of an export: one is made for each language, and then downloaded or linked to. */

import { useState } from "preact/hooks";
import type { Export } from "../../../api/types";
import { useSend } from "../../../api/use-send";
import { Failure } from "../../../components/failure";
import { isLanguage, LANGUAGES, type Language } from "../../../languages/translator";
import { useConsole } from "../../../shell/context";
import { PackageItem } from "./package-item";
import { hasData, mayDownload } from "./permitted-actions";
import { withReload } from "./with-reload";

interface PackageSectionProps {
  exported: Export;
  /** Loads the export again. */
  reload: () => Promise<void>;
}

export function PackageSection({ exported, reload }: PackageSectionProps) {
  const { t, me } = useConsole();
  // After how many seconds to ask for a package that this page has had made.
  const [waits, setWaits] = useState<Readonly<Record<string, number>>>({});
  if (!hasData(exported, Date.now())) {
    return null;
  }
  const isPermitted = mayDownload(exported, me);
  return (
    <section class="card" aria-label={t("packages.heading")}>
      <h2>{t("packages.heading")}</h2>
      <p class="muted">{t("packages.help")}</p>
      {exported.packages.length > 0 && (
        <ul class="packages">
          {exported.packages.map((each) => (
            <PackageItem
              key={each.language}
              made={each}
              wait={waits[each.language] ?? 0}
              isPermitted={isPermitted}
              reload={reload}
            />
          ))}
        </ul>
      )}
      {isPermitted ? (
        <PackageForm
          exported={exported}
          reload={reload}
          begun={(language, seconds) => {
            setWaits((before) => ({ ...before, [language]: seconds }));
          }}
        />
      ) : (
        <p class="muted">{t("errors.noRoleHelp", { roles: "Exports.Download" })}</p>
      )}
    </section>
  );
}

interface PackageFormProps extends PackageSectionProps {
  /** Called with the seconds after which to ask for a package that is being made. */
  begun: (language: Language, seconds: number) => void;
}

function PackageForm({ exported, reload, begun }: PackageFormProps) {
  const { api, t, signIn } = useConsole();
  const isMissing = (language: string): boolean =>
    !exported.packages.some((each) => each.language === language && each.status !== "Failed");
  const missing = Object.keys(LANGUAGES).filter(isLanguage).filter(isMissing);
  const [chosen, setChosen] = useState<Language>(t.language);
  const language = missing.includes(chosen) ? chosen : missing[0];
  const { isSending, failure, send } = useSend();
  const make = async (): Promise<void> => {
    if (language === undefined) {
      return;
    }
    const path = { id: exported.id };
    const call = api.call("post", "/exports/{id}/package", { path, body: { language } });
    const { retryAfter } = await withReload(call, reload);
    begun(language, retryAfter ?? 0);
    await reload();
  };
  if (language === undefined) {
    return null;
  }
  return (
    <>
      <div class="buttons">
        <label>
          {t("shell.language")}{" "}
          <select
            class="package-language"
            value={language}
            onChange={(event) => {
              const { value } = event.currentTarget;
              if (isLanguage(value)) {
                setChosen(value);
              }
            }}
          >
            {missing.map((code) => (
              <option value={code} lang={code} key={code}>
                {LANGUAGES[code]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class={exported.packages.length === 0 ? "button-primary" : undefined}
          aria-disabled={isSending}
          onClick={() => send(make)}
        >
          {isSending ? t("shell.sending") : t("packages.make")}
        </button>
      </div>
      {failure && <Failure t={t} failure={failure} signIn={signIn} />}
    </>
  );
}
