/** The error and the warnings of an export: what each means, what to do, and what the service itself says. */

import type { Export } from "../../api/types";
import { useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { explanationKey } from "./explanations";

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** An id of another export, which the message of `ExportInProgress` names. */
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

export function Problems({ exported }: { exported: Export }) {
  const { error, warnings } = exported;
  return (
    <>
      {error !== null && <ProblemNotice problem={error} kind="error" />}
      {warnings.map((warning) => (
        <ProblemNotice problem={warning} kind="warning" key={warning.code} />
      ))}
    </>
  );
}

function ProblemNotice({ problem, kind }: { problem: Problem; kind: "error" | "warning" }) {
  const { t } = useConsole();
  const key = explanationKey(problem.code, t.has);
  const other = problem.code === "ExportInProgress" ? ID.exec(problem.message)?.[0] : undefined;
  return (
    <div class={`notice notice-${kind}`}>
      <p>
        <strong>
          {t(kind === "error" ? "detail.error" : "detail.warning")} {key !== null && t(key)}
        </strong>
      </p>
      <p class="muted">
        <code>{problem.code}</code> · <span lang="en">{problem.message}</span>
      </p>
      {other !== undefined && (
        <p>
          <Link to={pathTo("exports", other)}>{t("detail.otherExport")}</Link>
        </p>
      )}
    </div>
  );
}
