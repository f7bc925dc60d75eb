/** One export: how far it is, what to do, its files and its trail. */

import { useEffect, useRef } from "preact/hooks";
import { ApiFailure } from "../../api/failures";
import type { Export } from "../../api/types";
import { useLoad } from "../../api/use-load";
import { useWatch } from "../../api/use-watch";
import { statesOf } from "../../components/export-state";
import { ExportStates } from "../../components/export-states";
import { Failure } from "../../components/failure";
import { Loading } from "../../components/loading";
import { NoRole } from "../../components/no-role";
import { Page } from "../../components/page";
import { hasRole, useConsole } from "../../shell/context";
import { ExportActions } from "./actions/export-actions";
import { Facts } from "./facts";
import { FilesSection } from "./files-section";
import { OthersSection } from "./others-section";
import { Problems } from "./problems";
import { Progress } from "./progress";
import { TrailSection } from "./trail-section";
import { secondsToNext } from "./watching";

export function ExportView({ id }: { id: string }) {
  const { api, me, t, signIn } = useConsole();
  const { value, failure, isLoading, reload, replace } = useLoad(id, (signal) =>
    api.call("get", "/exports/{id}", { path: { id }, signal }),
  );
  useWatch(isLoading ? null : secondsToNext(value, failure), failure ?? value, reload);
  const exported = value?.body ?? null;
  useAnnouncedState(exported);
  const changed = (body: Export): void => {
    replace({ status: 200, body, retryAfter: null });
    if (body.completedDateTime === null) {
      reload(); // to hear when to ask again
    }
  };
  if (exported === null) {
    return (
      <Page heading={t("detail.heading")}>
        {failure === null && <Loading t={t} lines={6} />}
        {failure !== null &&
          (isWithoutRole(failure) && !hasRole(me, "Exports.Read", "Exports.Submit") ? (
            <NoRole roles={["Exports.Read", "Exports.Submit"]} />
          ) : (
            <Failure t={t} failure={failure} retry={reload} signIn={signIn} />
          ))}
      </Page>
    );
  }
  const shortId = exported.id.slice(0, 8);
  return (
    <Page
      heading={exported.reference ?? t("detail.unnamed", { id: shortId })}
      aside={<ExportStates exported={exported} />}
    >
      {failure !== null && <Failure t={t} failure={failure} retry={reload} signIn={signIn} />}
      <Problems exported={exported} />
      <ExportActions exported={exported} changed={changed} loaded={replace} />
      <div class="export-overview">
        <Progress exported={exported} />
        <Facts exported={exported} />
      </div>
      <FilesSection exported={exported} linked={reload} key={`files of ${exported.completedDateTime}`} />
      <TrailSection exported={exported} />
      <OthersSection exported={exported} />
    </Page>
  );
}

function isWithoutRole(failure: Error): boolean {
  return failure instanceof ApiFailure && failure.status === 403;
}

/** Has a screen reader say the state when it changes. */
function useAnnouncedState(exported: Export | null): void {
  const { t, announce } = useConsole();
  const said = useRef<string | null>(null);
  const words =
    exported &&
    statesOf(exported)
      .map(({ name }) => t(`state.${name}`))
      .join(", ");
  useEffect(() => {
    if (words !== null && said.current !== null && words !== said.current) {
      announce(words);
    }
    said.current = words;
  }, [words, announce]);
}
