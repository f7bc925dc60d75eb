/** What became of a batch. */

import { ApiFailure } from "../../api/failures";
import { useLoad } from "../../api/use-load";
import { useWatch } from "../../api/use-watch";
import { Failure } from "../../components/failure";
import { Loading } from "../../components/loading";
import { NoRole } from "../../components/no-role";
import { Page } from "../../components/page";
import { hasRole, type Role, useConsole } from "../../shell/context";
import { BatchContents } from "./batch-contents";

const ROLES: readonly Role[] = ["Exports.Submit", "Exports.Read"];

export function BatchView({ id }: { id: string }) {
  const { t, me } = useConsole();
  return <Page heading={t("new.batch")}>{hasRole(me, ...ROLES) ? <Watched id={id} /> : <NoRole roles={ROLES} />}</Page>;
}

function Watched({ id }: { id: string }) {
  const { t, api, signIn } = useConsole();
  const { value, failure, isLoading, reload, replace } = useLoad(id, (signal) =>
    api.call("get", "/batches/{id}", { path: { id }, signal }),
  );
  const wait = failure instanceof ApiFailure ? failure.retryAfter : value?.retryAfter;
  useWatch(isLoading ? null : (wait ?? null), failure ?? value, reload);
  return (
    <>
      {failure && <Failure t={t} failure={failure} retry={reload} signIn={signIn} />}
      {value === null && failure === null && <Loading t={t} />}
      {value && <BatchContents batch={value.body} replace={replace} />}
    </>
  );
}
