/** The other exports of the same person, as far as the reader may see them. */

import type { Export } from "../../api/types";
import { useLoad } from "../../api/use-load";
import { ExportStates } from "../../components/export-states";
import { Failure } from "../../components/failure";
import { Loading } from "../../components/loading";
import { Time } from "../../components/time";
import { useConsole } from "../../shell/context";
import { Link } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";

const MOST = 100;

export function OthersSection({ exported }: { exported: Export }) {
  const { subject } = exported;
  return subject.id === null ? null : <Others id={exported.id} subjectId={subject.id} />;
}

function Others({ id, subjectId }: { id: string; subjectId: string }) {
  const { api, t, signIn } = useConsole();
  const { value, failure, reload } = useLoad(subjectId, (signal) =>
    api.call("get", "/exports", { query: { subjectId, top: MOST }, signal }),
  );
  const others = value?.body.value.filter((each) => each.id !== id) ?? [];
  return (
    <section class="card" aria-labelledby="others-heading">
      <h2 id="others-heading">{t("detail.others")}</h2>
      {failure !== null && <Failure t={t} failure={failure} retry={reload} signIn={signIn} />}
      {value === null && failure === null && <Loading t={t} lines={1} />}
      {value !== null && others.length === 0 && <p class="muted">{t("detail.noOthers")}</p>}
      <ul class="others">
        {others.map((each) => (
          <li key={each.id}>
            <Link to={pathTo("exports", each.id)}>
              {each.reference ?? t("detail.unnamed", { id: each.id.slice(0, 8) })}
            </Link>
            <ExportStates exported={each} />
            <span class="muted">
              <Time utc={each.createdDateTime} />
            </span>
          </li>
        ))}
      </ul>
      {value?.body.nextLink !== undefined && <p class="muted">{t("detail.moreOthers", { count: MOST })}</p>}
    </section>
  );
}
