/** What somebody types before an action is sent: which fields it has, what is wrong with them, and what is sent. */

import type { Export } from "../../../api/types";
import { inputOf, timeOfInput } from "../../../languages/local-times";
import { ACTIONS, type Action } from "./permitted-actions";

export type FieldName = "time" | "method" | "reason" | "confirmation";

/** An action that somebody has begun, and what was typed so far. */
export interface ActionForm {
  readonly action: Action;
  readonly values: Readonly<Partial<Record<FieldName, string>>>;
}

/** How the person got the answer, as the API takes it. */
export const METHODS = ["link", "portal", "email", "post", "inPerson", "other"] as const;
export type Method = (typeof METHODS)[number];

/** How many characters a reason may have. */
export const LONGEST_REASON = 500;

const MINUTE = 60_000;
const FIELDS: Readonly<Partial<Record<Action, readonly FieldName[]>>> = {
  handOver: ["time", "method"],
  extend: ["time", "reason"],
  pause: ["reason"],
  hold: ["reason"],
  changeHold: ["reason"],
  erase: ["confirmation"],
};

export function fieldsOf(action: Action): readonly FieldName[] {
  return FIELDS[action] ?? [];
}

/** The form of an action as it opens. */
export function newForm(action: Action, exported: Export, now: number): ActionForm {
  if (action === "handOver") {
    return { action, values: { time: inputOf(now) } };
  }
  if (action === "extend") {
    return { action, values: { time: inputOf(Date.parse(exported.dueDateTime)) } };
  }
  return { action, values: {} };
}

/** A form that was kept as a draft, for which nothing is too strange; null if it is none. */
export function keptForm(draft: unknown): ActionForm | null {
  if (typeof draft !== "object" || draft === null || !("action" in draft) || !("values" in draft)) {
    return null;
  }
  const action = ACTIONS.find((each) => each === draft.action);
  const { values } = draft;
  if (action === undefined || typeof values !== "object" || values === null) {
    return null;
  }
  const known = Object.entries(values).filter(
    ([name, value]) => fieldsOf(action).some((field) => field === name) && typeof value === "string",
  );
  return { action, values: Object.fromEntries(known) };
}

/** What is kept of a form: nothing if it has no fields, or what it has is to be typed anew each time. */
export function draftOfForm(form: ActionForm): ActionForm | null {
  return fieldsOf(form.action).some((name) => name !== "confirmation") ? form : null;
}

/** Whether the form can be sent. */
export function isComplete(form: ActionForm, exported: Export, now: number): boolean {
  return fieldsOf(form.action).every((name) => {
    if (name === "time") {
      return timeOf(form, exported, now) !== null;
    }
    if (name === "reason") {
      return reasonOf(form) !== "";
    }
    return name !== "confirmation" || isConfirmed(form, exported);
  });
}

/**
 * The time that is sent, in UTC; null if the field has none that the API would take.
 *
 * A hand-over lies between the request and now, and a deadline after the present one. Fields have whole minutes: the
 * minute in which the request came counts from then on.
 */
export function timeOf({ action, values }: ActionForm, exported: Export, now: number): string | null {
  const time = timeOfInput(values.time ?? "");
  if (time === null) {
    return null;
  }
  if (action === "extend") {
    return time > Date.parse(exported.dueDateTime) ? new Date(time).toISOString() : null;
  }
  const received = Math.floor(Date.parse(exported.receivedDateTime) / 1000) * 1000;
  const from = time < received && time + MINUTE > received ? received : time;
  return from >= received && from <= now ? new Date(from).toISOString() : null;
}

/** The reason as it is sent: in one line, because the API takes no line breaks. */
export function reasonOf({ values }: ActionForm): string {
  return (values.reason ?? "").replace(/\s+/g, " ").trim();
}

/** The method that is sent; null if none was chosen. */
export function methodOf({ values }: ActionForm): Method | null {
  return METHODS.find((method) => method === values.method) ?? null;
}

/** What has to be typed before data is erased: the reference, or the first block of the id if there is none. */
export function confirmationOf({ id, reference }: Export): string {
  return reference?.trim() || (id.split("-")[0] ?? id);
}

function isConfirmed({ values }: ActionForm, exported: Export): boolean {
  return comparable(values.confirmation ?? "") === comparable(confirmationOf(exported));
}

/** A page shows several blanks as one, and one can't see in which Unicode form a text is. */
function comparable(text: string): string {
  return text.normalize().replace(/\s+/g, " ").trim();
}
