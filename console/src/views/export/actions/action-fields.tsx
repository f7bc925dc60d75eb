/** The fields of an action. */

import type { Export } from "../../../api/types";
import { Field } from "../../../components/field";
import { dateTimeText, zoneText } from "../../../languages/dates";
import { LATEST_INPUT } from "../../../languages/local-times";
import { useConsole } from "../../../shell/context";
import {
  type ActionForm,
  confirmationOf,
  type FieldName,
  fieldsOf,
  LONGEST_REASON,
  METHODS,
  newForm,
  timeOf,
} from "./action-form";

interface ActionFieldsProps {
  form: ActionForm;
  exported: Export;
  change: (name: FieldName, value: string) => void;
}

export function ActionFields(props: ActionFieldsProps) {
  return (
    <>
      {fieldsOf(props.form.action).map((name) => (
        <ActionField {...props} name={name} key={name} />
      ))}
    </>
  );
}

function ActionField({ name, ...props }: ActionFieldsProps & { name: FieldName }) {
  switch (name) {
    case "time":
      return <TimeField {...props} />;
    case "method":
      return <MethodField {...props} />;
    case "reason":
      return <ReasonField {...props} />;
    case "confirmation":
      return <ConfirmationField {...props} />;
  }
}

function TimeField({ form, exported, change }: ActionFieldsProps) {
  const { t } = useConsole();
  const value = form.values.time ?? "";
  const isExtension = form.action === "extend";
  const after = dateTimeText(t.locale, isExtension ? exported.dueDateTime : exported.receivedDateTime);
  const isAsOpened = value === newForm(form.action, exported, Date.now()).values.time;
  const isWrong = value !== "" && timeOf(form, exported, Date.now()) === null;
  const range = t(isExtension ? "actions.tooEarly" : "actions.notThen", { time: after });
  const zone = zoneText(t.locale, value);
  return (
    <Field
      label={t(isExtension ? "actions.newDeadline" : "actions.answeredAt")}
      hint={isWrong && isAsOpened ? `${zone}. ${range}` : zone}
      error={isWrong && !isAsOpened ? range : null}
    >
      {(attributes) => (
        <input
          {...attributes}
          type="datetime-local"
          required
          max={LATEST_INPUT}
          value={value}
          onInput={(event) => change("time", event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function MethodField({ form, change }: ActionFieldsProps) {
  const { t } = useConsole();
  return (
    <Field label={t("actions.method")}>
      {(attributes) => (
        <select
          {...attributes}
          value={form.values.method ?? ""}
          onChange={(event) => change("method", event.currentTarget.value)}
        >
          <option value="">{t("actions.method.none")}</option>
          {METHODS.map((method) => (
            <option value={method} key={method}>
              {t(`actions.method.${method}`)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function ReasonField({ form, change }: ActionFieldsProps) {
  const { t } = useConsole();
  return (
    <Field label={t("actions.reason")} hint={t("actions.reasonHint")}>
      {(attributes) => (
        <textarea
          {...attributes}
          required
          rows={3}
          maxLength={LONGEST_REASON}
          value={form.values.reason ?? ""}
          onInput={(event) => change("reason", event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function ConfirmationField({ form, exported, change }: ActionFieldsProps) {
  const { t } = useConsole();
  return (
    <Field label={t("actions.confirm", { text: confirmationOf(exported) })}>
      {(attributes) => (
        <input
          {...attributes}
          type="text"
          required
          autocomplete="off"
          spellcheck={false}
          value={form.values.confirmation ?? ""}
          onInput={(event) => change("confirmation", event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
