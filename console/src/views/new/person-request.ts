/** The form for one person, and the request that it means. */

import type { ApiFailure } from "../../api/failures";
import type { ExportBody } from "../../api/types";
import { timeOfInput } from "../../languages/local-times";
import { withoutBlanks } from "./copied-text";
import { COLUMNS, type Column, type Fields } from "./csv-batch";

/** What is typed into the form; times as the browser's own fields have them, in the reader's zone. */
export type PersonForm = Readonly<{
  /** The idempotency key: what is sent again makes no second export. */
  key: string;
  type: ExportBody["subject"]["type"];
  id: string;
  reference: string;
  receivedDateTime: string;
  dueDateTime: string;
  /** `true` once the reader wants a second open export of this person. */
  allowDuplicate: string;
}>;

export function emptyForm(): PersonForm {
  return {
    key: crypto.randomUUID(),
    type: "user",
    id: "",
    reference: "",
    receivedDateTime: "",
    dueDateTime: "",
    allowDuplicate: "",
  };
}

/** The fields that are filled in, as a line of a batch would have them. */
export function fieldsOf(form: PersonForm): Fields {
  const fields = {
    type: form.type,
    id: withoutBlanks(form.id),
    reference: withoutBlanks(form.reference),
    receivedDateTime: utcOf(form.receivedDateTime),
    dueDateTime: utcOf(form.dueDateTime),
    allowDuplicate: form.allowDuplicate,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

export function requestOf(form: PersonForm): ExportBody {
  const { id = "", reference, receivedDateTime, dueDateTime, allowDuplicate } = fieldsOf(form);
  return {
    subject: { type: form.type, id },
    ...(reference !== undefined && { reference }),
    ...(receivedDateTime !== undefined && { receivedDateTime }),
    ...(dueDateTime !== undefined && { dueDateTime }),
    ...(allowDuplicate !== undefined && { allowDuplicate: true }),
  };
}

/** The field that each error of a response is about; null where one is about something else. */
export function fieldErrors(failure: ApiFailure): ReadonlyMap<Column, { code: string; message: string }> | null {
  const details = failure.details.length > 0 ? failure.details : [failure];
  const found = new Map<Column, { code: string; message: string }>();
  for (const { code, message, target } of details) {
    const name = target?.replace(/^subject\./, "");
    const field = COLUMNS.find((each) => each === name);
    if (field === undefined) {
      return null;
    }
    if (!found.has(field)) {
      found.set(field, { code, message: message.replace(`${target}: `, "") });
    }
  }
  return found;
}

/** A time in the reader's zone, such as `2026-12-01T09:00`, in UTC; what is none, or far away, stays as it is. */
function utcOf(local: string): string {
  const time = timeOfInput(local);
  return time === null ? local : new Date(time).toISOString().replace(".000", "");
}
