/** Whether this deployment can export. */

import { useState } from "preact/hooks";
import type { Report } from "../../api/types";
import { Failure } from "../../components/failure";
import { Loading } from "../../components/loading";
import { NoRole } from "../../components/no-role";
import { Page } from "../../components/page";
import { hasRole, useConsole } from "../../shell/context";
import { resultOf, soonestToMend } from "./setup-report";
import { SetupResults } from "./setup-results";

export function SetupCheckView() {
  const { t, me } = useConsole();
  return (
    <Page heading={t("setup.heading")}>
      {hasRole(me, "Exports.Operate") ? <SetupCheck /> : <NoRole roles={["Exports.Operate"]} />}
    </Page>
  );
}

function SetupCheck() {
  const { api, t, announce, signIn } = useConsole();
  const [report, setReport] = useState<Report | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const [isRunning, setRunning] = useState(false);
  const run = async (): Promise<void> => {
    setRunning(true);
    setFailure(null);
    try {
      const { body } = await api.call("post", "/preflight", {});
      setReport(soonestToMend(body));
      announce(t(`setup.${resultOf(body)}`));
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setRunning(false);
    }
  };
  const start = (): void => {
    if (!isRunning) {
      void run();
    }
  };
  return (
    <>
      <p>{t("setup.intro")}</p>
      <p class="buttons">
        <button type="button" class="button-primary" aria-disabled={isRunning} onClick={start}>
          {t(isRunning ? "setup.running" : "setup.run")}
        </button>
      </p>
      {failure !== null && <Failure t={t} failure={failure} retry={start} signIn={signIn} />}
      {isRunning && report === null && <Loading t={t} lines={6} />}
      {report !== null && <SetupResults report={report} isBusy={isRunning} />}
    </>
  );
}
