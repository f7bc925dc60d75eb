/** The form for the export of one person's data. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure } from "../../api/failures";
import { useSend } from "../../api/use-send";
import { Field } from "../../components/field";
import { zoneText } from "../../languages/dates";
import { LATEST_INPUT } from "../../languages/local-times";
import type { Translator } from "../../languages/translator";
import { useConsole } from "../../shell/context";
import { navigate } from "../../shell/navigation";
import { pathTo } from "../../shell/routes";
import { useDraft } from "../../sign-in/use-draft";
import type { Column } from "./csv-batch";
import { contentsOr } from "./kept-contents";
import { emptyForm, type PersonForm as Form, fieldErrors, fieldsOf, requestOf } from "./person-request";
import { faultsOf } from "./request-faults";
import { SendFailure } from "./send-failure";

type Errors = ReadonlyMap<Column, string>;
type TimeField = "receivedDateTime" | "dueDateTime";

const TYPES = ["user", "inboundSharedUserProfile"] as const;
/** Whether a second export is wanted was said of the person before. */
const OTHER_PERSON = { allowDuplicate: "" };
const NO_ERRORS: Errors = new Map();

export function PersonForm() {
  const { api, t, announce } = useConsole();
  const { draft, change, drop } = useDraft<Form>("new", contentsOr(emptyForm));
  const { isSending, failure, send, clear } = useSend();
  const [errors, setErrors] = useState(NO_ERRORS);
  const form = useRef<HTMLFormElement>(null);
  const leadToError = useRef(false);
  useEffect(() => {
    if (leadToError.current) {
      leadToError.current = false;
      form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
    }
  });
  const show = (found: Errors): void => {
    leadToError.current = true;
    setErrors(found);
  };
  const edit = (changes: Partial<Form>): void => {
    change((before) => ({ ...before, ...changes }));
    clear();
    setErrors(new Map([...errors].filter(([field]) => !(field in changes))));
  };
  const create = async (contents: Form): Promise<void> => {
    try {
      const request = { body: requestOf(contents), idempotencyKey: contents.key };
      const { body: created } = await api.call("post", "/exports", request);
      drop();
      announce(t("new.started"));
      navigate(pathTo("exports", created.id));
    } catch (error) {
      const found = error instanceof ApiFailure ? apiErrors(t, error) : null;
      if (found === null) {
        throw error;
      }
      show(found);
    }
  };
  const submit = (changes: Partial<Form> = {}): void => {
    const contents = { ...draft, ...changes };
    change((before) => ({ ...before, ...changes }));
    const found = formErrors(t, contents, form.current);
    if (found.size > 0) {
      show(found);
    } else {
      send(() => create(contents));
    }
  };
  const text = (name: "id" | "reference", label: string, hint: string) => (
    <Field label={label} hint={hint} error={errors.get(name)}>
      {(attributes) => (
        <input
          {...attributes}
          type="text"
          required={name === "id"}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={draft[name]}
          onInput={(event) => edit({ [name]: event.currentTarget.value, ...OTHER_PERSON })}
        />
      )}
    </Field>
  );
  const time = (name: TimeField, label: string, whenEmpty: string) => (
    <Field label={label} hint={`${zoneText(t.locale, draft[name])}. ${whenEmpty}`} error={errors.get(name)}>
      {(attributes) => (
        <input
          {...attributes}
          type="datetime-local"
          name={name}
          max={LATEST_INPUT}
          value={draft[name]}
          onInput={(event) => edit({ [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <form
      ref={form}
      class="card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={t("new.type")} error={errors.get("type")}>
        {(attributes) => (
          <select
            {...attributes}
            value={draft.type}
            onChange={(event) =>
              edit({ type: TYPES.find((each) => each === event.currentTarget.value) ?? "user", ...OTHER_PERSON })
            }
          >
            {TYPES.map((type) => (
              <option value={type} key={type}>
                {t(`detail.subject.${type}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {text("id", t("list.person"), t("new.idHint"))}
      {text("reference", t("list.reference"), t("new.referenceHint"))}
      {time("receivedDateTime", t("detail.received"), t("new.receivedHint"))}
      {time("dueDateTime", t("list.due"), t("new.dueHint"))}
      {failure && (
        <SendFailure
          failure={failure}
          sendAgain={() => submit()}
          startAnew={() => submit({ key: crypto.randomUUID() })}
          allowDuplicate={() => submit({ allowDuplicate: "true" })}
        />
      )}
      <button type="submit" class="button-primary">
        {t(isSending ? "shell.sending" : "new.start")}
      </button>
    </form>
  );
}

/** What is wrong before it is sent, in words. */
function formErrors(t: Translator, contents: Form, form: HTMLFormElement | null): Errors {
  const found = faultsOf(fieldsOf(contents)).map(
    // What the browser takes for a time is one, if it isn't too far away.
    ({ field, reason, where = "" }) =>
      [field, t(`new.fault.${reason === "time" ? "years" : reason}`, { where })] as const,
  );
  const errors = new Map(found.filter((each): each is readonly [Column, string] => each[0] !== null));
  for (const name of ["receivedDateTime", "dueDateTime"] as const) {
    const input = form?.elements.namedItem(name);
    if (input instanceof HTMLInputElement && input.validity.badInput) {
      errors.set(name, input.validationMessage); // its value is empty then
    }
  }
  return errors;
}

/** What the API found wrong with fields, in words; null if it found something else. */
function apiErrors(t: Translator, failure: ApiFailure): Errors | null {
  const found = fieldErrors(failure);
  if (found === null) {
    return null;
  }
  return new Map(
    [...found].map(([field, { code, message }]) => {
      const own = `errors.code.${code}`;
      return [field, t.has(own) ? t(own) : message];
    }),
  );
}
