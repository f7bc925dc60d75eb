/** What one may do with an export, by one's roles and its state. The API has the same rules, and decides. */

import type { Export, Me } from "../../../api/types";
import { hasRole } from "../../../shell/context";

/** What can be done with an export, in the order in which it is shown. */
export const ACTIONS = [
  "handOver",
  "extend",
  "pause",
  "resume",
  "hold",
  "changeHold",
  "liftHold",
  "retry",
  "cancel",
  "erase",
] as const;
export type Action = (typeof ACTIONS)[number];

/** A command that can go on after its call. */
export type Command = "cancel" | "erase";

/** The API refuses more (409 TooManyRetries). */
const MOST_ATTEMPTS = 100;

/**
 * What somebody may do with an export now.
 *
 * @param now in milliseconds since 1970.
 */
export function permittedActions(exported: Export, me: Me, now: number): readonly Action[] {
  const isOwn = exported.requestedBy === me.id;
  const isAdministrator = hasRole(me, "Exports.Admin");
  const mayRecord = isAdministrator || (isOwn && hasRole(me, "Exports.Submit"));
  const mayCommand = isAdministrator || (isOwn && hasRole(me, "Exports.Submit", "Exports.Read"));
  const isCommand = (action: Action): boolean => ["retry", "cancel", "erase"].includes(action);
  const fitting = fittingActions(exported, now);
  return ACTIONS.filter((action) => fitting.has(action) && (isCommand(action) ? mayCommand : mayRecord));
}

/** Whether somebody may have packages of an export made, and get links to them. */
export function mayDownload(exported: Export, me: Me): boolean {
  const isOwn = exported.requestedBy === me.id;
  return hasRole(me, "Exports.Download") && (isOwn || hasRole(me, "Exports.Read"));
}

/** Whether there is data that can be handed over. */
export function hasData(exported: Export, now: number): boolean {
  return exported.status === "Succeeded" && exported.erasedDateTime === null && !isBeingErased(exported, now);
}

/** The command that an export waits for, as far as the export says. */
export function pendingCommand(exported: Export, now: number): Command | null {
  if (isOpen(exported)) {
    return exported.stage === "Canceling" ? "cancel" : null;
  }
  return isBeingErased(exported, now) ? "erase" : null;
}

function fittingActions(exported: Export, now: number): ReadonlySet<Action> {
  return new Set<Action>([...fittingRecords(exported, now), ...fittingCommands(exported, now)]);
}

function* fittingRecords(exported: Export, now: number): Generator<Action> {
  if (!isOpen(exported) && exported.handedOverDateTime === null) {
    yield "handOver";
  }
  if (isOpen(exported) || exported.awaitsHandover) {
    if (exported.pausedDateTime !== null) {
      yield "resume";
    } else {
      yield "extend";
      if (now < Date.parse(exported.dueDateTime)) {
        yield "pause";
      }
    }
  }
  if (exported.hold !== null) {
    yield "changeHold";
    yield "liftHold";
  } else if (exported.erasedDateTime === null && !isBeingErased(exported, now)) {
    yield "hold";
  }
}

function* fittingCommands(exported: Export, now: number): Generator<Action> {
  if (isOpen(exported)) {
    if (exported.stage !== "Canceling") {
      yield "cancel";
    }
    return;
  }
  const isErasing = isBeingErased(exported, now);
  const isClosed = exported.status === "Succeeded" || exported.handedOverDateTime !== null;
  const isKnown = exported.subject.id !== null;
  if (!isClosed && isKnown && !isErasing && exported.attempts.length < MOST_ATTEMPTS) {
    yield "retry";
  }
  if (exported.erasureDueDateTime !== null && exported.hold === null && !isErasing) {
    yield "erase";
  }
}

function isOpen(exported: Export): boolean {
  return exported.status === "NotStarted" || exported.status === "Running";
}

/** Whether the date of the erasure has come: it is null while an export is open, and once its data is gone. */
function isBeingErased({ hold, erasureDueDateTime }: Export, now: number): boolean {
  return hold === null && erasureDueDateTime !== null && Date.parse(erasureDueDateTime) <= now;
}
