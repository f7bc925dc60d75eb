/** The checks that were made, each with what was found and what to do about it. */

import type { Report } from "../../api/types";
import { useConsole } from "../../shell/context";
import { resultOf } from "./setup-report";

const NOTICES = { failed: "error", warned: "warning", passed: "success" } as const;
const TONES = { Failed: "danger", Warning: "warning", Passed: "success" } as const;

export function SetupResults({ report, isBusy }: { report: Report; isBusy: boolean }) {
  const { t } = useConsole();
  const result = resultOf(report);
  return (
    <section class="setup" aria-busy={isBusy}>
      <div class={`notice notice-${NOTICES[result]}`}>
        <p>
          <strong>{t(`setup.${result}`)}</strong>
        </p>
      </div>
      <ul class="setup-checks card">
        {report.checks.map(({ name, status, message }) => (
          <li key={name}>
            <span class={`badge badge-${TONES[status]}`}>{t(`setup.check${status}`)}</span>
            <div>
              <h2>
                <code>{name}</code>
              </h2>
              <p lang="en">{message}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
