/** The dialog of an action: what it does, its fields, and what became of it. */

import { useState } from "preact/hooks";
import type { Answer } from "../../../api/client";
import { ApiFailure } from "../../../api/failures";
import type { Export } from "../../../api/types";
import { Dialog } from "../../../components/dialog";
import { useConsole } from "../../../shell/context";
import { Link } from "../../../shell/navigation";
import { pathTo } from "../../../shell/routes";
import { ActionFields } from "./action-fields";
import { type ActionForm, type FieldName, isComplete } from "./action-form";
import { sendAction } from "./send-action";

interface ActionDialogProps {
  form: ActionForm;
  exported: Export;
  /** Whether the action is possible still: the export can change while the dialog is open. */
  isPermitted: boolean;
  change: (name: FieldName, value: string) => void;
  /** Called with the answer. */
  sent: (answer: Answer<Export>) => void;
  /** Loads the export again. */
  reload: () => Promise<void>;
  close: () => void;
}

export function ActionDialog({ form, exported, isPermitted, change, sent, reload, close }: ActionDialogProps) {
  const { api, t } = useConsole();
  const [wasRefused, setRefused] = useState(false);
  const { action } = form;
  const send = async (): Promise<void> => {
    setRefused(false);
    try {
      sent(await sendAction(api, exported, form, Date.now()));
    } catch (error) {
      // Somebody else has changed the export since it was loaded.
      if (error instanceof ApiFailure && (error.status === 409 || error.status === 404)) {
        await reload();
        setRefused(true);
      }
      throw error;
    }
  };
  return (
    <Dialog
      heading={t(`actions.${action}`)}
      action={t(`actions.${action}`)}
      isDestructive={action === "erase" || action === "cancel"}
      isIncomplete={!isPermitted || !isComplete(form, exported, Date.now())}
      send={send}
      remedy={(failure) => <OtherExport failure={failure} />}
      close={close}
    >
      <p>{t(`actions.help.${action}`)}</p>
      <ActionFields form={form} exported={exported} change={change} />
      {(wasRefused || !isPermitted) && <p role="status">{t("actions.stale")}</p>}
    </Dialog>
  );
}

/** Leads to the open export that keeps this one from being retried. */
function OtherExport({ failure }: { failure: Error }) {
  const { t } = useConsole();
  if (!(failure instanceof ApiFailure && failure.code === "ExportInProgress" && failure.target !== null)) {
    return null;
  }
  return (
    <Link to={pathTo("exports", failure.target)} class="button">
      {t("new.showOther")}
    </Link>
  );
}
