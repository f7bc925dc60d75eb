/** What one can do with an export, as its state and one's roles allow. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "../../../api/client";
import type { Export } from "../../../api/types";
import { Failure } from "../../../components/failure";
import { useConsole } from "../../../shell/context";
import { ActionDialog } from "./action-dialog";
import { type ActionForm, draftOfForm, keptForm, newForm } from "./action-form";
import { PackageSection } from "./package-section";
import { type Action, permittedActions } from "./permitted-actions";
import { useCommand } from "./use-command";
import { useDraft } from "./use-draft";

interface ExportActionsProps {
  exported: Export;
  /** Called with the export as a call has returned it. */
  changed: (exported: Export) => void;
}

export function ExportActions({ exported, changed }: ExportActionsProps) {
  const { api, me } = useConsole();
  const reload = async (): Promise<void> => {
    const { body } = await api.call("get", "/exports/{id}", { path: { id: exported.id } });
    changed(body);
  };
  const actions = permittedActions(exported, me, Date.now());
  return (
    <>
      <ActionSection exported={exported} actions={actions} changed={changed} reload={reload} />
      <PackageSection exported={exported} reload={reload} />
    </>
  );
}

interface ActionSectionProps extends ExportActionsProps {
  actions: readonly Action[];
  reload: () => Promise<void>;
}

function ActionSection({ exported, actions, changed, reload }: ActionSectionProps) {
  const { t, announce } = useConsole();
  const [form, setForm] = useDraft<ActionForm>(`action.${exported.id}`, keptForm, draftOfForm);
  const [isTooLate, setTooLate] = useState(false);
  const section = useRef<HTMLElement>(null);
  const wasOpen = useRef(false);
  const { command, failure, ask, follow } = useCommand(exported, changed);
  const isOpen = form !== null;
  useEffect(() => {
    // The button that opened the dialog can be gone with its action.
    if (wasOpen.current && !isOpen && document.activeElement === document.body) {
      section.current?.focus();
    }
    wasOpen.current = isOpen;
  }, [isOpen]);
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
  if (actions.length === 0 && command === null && !isOpen && !isTooLate) {
    return null;
  }
  return (
    <section class="card" aria-label={t("actions.heading")} ref={section} tabIndex={-1}>
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
              setForm(newForm(action, exported, Date.now()));
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
            setForm({ ...form, values: { ...form.values, [name]: value } });
          }}
          sent={(answer) => {
            sent(form.action, answer);
          }}
          reload={reload}
          close={() => {
            setForm(null);
          }}
        />
      )}
    </section>
  );
}
