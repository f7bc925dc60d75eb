/** What one can do with an export, as its state and one's roles allow. */

import { useState } from "preact/hooks";
import type { Answer } from "../../../api/client";
import type { Export } from "../../../api/types";
import { Failure } from "../../../components/failure";
import { useConsole } from "../../../shell/context";
import { useDraft } from "../../../sign-in/use-draft";
import { ActionDialog } from "./action-dialog";
import { type ActionForm, draftOfForm, keptForm, newForm } from "./action-form";
import { PackageSection } from "./package-section";
import { type Action, permittedActions } from "./permitted-actions";
import { useCommand } from "./use-command";

interface ChangingExport {
  exported: Export;
  /** Called with the export as a call has returned it. */
  changed: (exported: Export) => void;
}

interface ExportActionsProps extends ChangingExport {
  /** Called with the export as it was loaded again. */
  loaded: (answer: Answer<Export>) => void;
}

export function ExportActions({ exported, changed, loaded }: ExportActionsProps) {
  const { api, me } = useConsole();
  const reload = async (): Promise<void> => {
    loaded(await api.call("get", "/exports/{id}", { path: { id: exported.id } }));
  };
  const actions = permittedActions(exported, me, Date.now());
  return (
    <>
      <ActionSection exported={exported} actions={actions} changed={changed} reload={reload} />
      <PackageSection exported={exported} reload={reload} />
    </>
  );
}

interface ActionSectionProps extends ChangingExport {
  actions: readonly Action[];
  reload: () => Promise<void>;
}

function ActionSection({ exported, actions, changed, reload }: ActionSectionProps) {
  const { t, announce } = useConsole();
  const { draft: form, change } = useDraft<ActionForm | null>(`action.${exported.id}`, keptForm, (each) =>
    each === null ? null : draftOfForm(each),
  );
  const [isTooLate, setTooLate] = useState(false);
  const { command, failure, ask, follow } = useCommand(exported, changed);
  const sent = (action: Action, answer: Answer<Export>): void => {
    changed(answer.body);
    const tooLate = action === "cancel" && answer.status === 200 && answer.body.status !== "Canceled";
    setTooLate(tooLate);
    if (answer.status === 202) {
      follow(action === "cancel" ? "cancel" : "erase", answer.retryAfter);
    } else if (!tooLate) {
      announce(t("actions.done", { what: t(`actions.${action}`) }));
    }
  };
  if (actions.length === 0 && command === null && form === null && !isTooLate) {
    return null;
  }
  return (
    <section class="card" aria-label={t("actions.heading")}>
      {command !== null && failure === null && (
        <p class="notice" role="status">
          {t(`actions.pending.${command}`)}
        </p>
      )}
      {failure && <Failure t={t} failure={failure} retry={ask} />}
      {isTooLate && (
        <p class="notice notice-warning" role="status">
          {t("actions.tooLate")}
        </p>
      )}
      <div class="buttons">
        {actions.map((action) => (
          <button
            type="button"
            key={action}
            class={action === "handOver" && exported.status === "Succeeded" ? "button-primary" : undefined}
            onClick={() => {
              change(() => newForm(action, exported, Date.now()));
            }}
          >
            {t(`actions.${action}`)}
          </button>
        ))}
      </div>
      {form && (
        <ActionDialog
          form={form}
          exported={exported}
          isPermitted={actions.includes(form.action)}
          change={(name, value) => {
            change((before) => before && { ...before, values: { ...before.values, [name]: value } });
          }}
          sent={(answer) => {
            sent(form.action, answer);
          }}
          reload={reload}
          close={() => {
            change(() => null);
          }}
        />
      )}
    </section>
  );
}
