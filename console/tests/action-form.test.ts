/** What is typed before an action is sent. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ActionForm,
  confirmationOf,
  draftOfForm,
  isComplete,
  keptForm,
  methodOf,
  newForm,
  reasonOf,
  timeOf,
} from "../src/views/export/actions/action-form";
import { runningExport, succeededExport } from "./sample-export";

process.env["TZ"] = "Asia/Tokyo"; // nine hours before UTC all year

const NOW = Date.parse("2026-11-09T12:00:30Z");
const EXPORTED = succeededExport({ receivedDateTime: "2026-11-01T09:00:20Z" });

function handOver(time: string): string | null {
  return timeOf({ action: "handOver", values: { time } }, EXPORTED, NOW);
}

test("a hand-over opens with the present, in the reader's zone, and is sent in UTC", () => {
  const form = newForm("handOver", EXPORTED, NOW);
  assert.deepEqual(form, { action: "handOver", values: { time: "2026-11-09T21:00" } });
  assert.equal(timeOf(form, EXPORTED, NOW), "2026-11-09T12:00:00.000Z");
});

test("a hand-over lies between the request and the present", () => {
  assert.equal(handOver("2026-11-01T17:59"), null);
  assert.equal(handOver("2026-11-01T18:01"), "2026-11-01T09:01:00.000Z");
  assert.equal(handOver("2026-11-09T21:01"), null);
  assert.equal(handOver(""), null);
});

test("the minute of the request counts from the request on", () => {
  assert.equal(handOver("2026-11-01T18:00"), "2026-11-01T09:00:20.000Z");
});

test("an extension opens with the present deadline, and takes later ones only", () => {
  const running = runningExport({ dueDateTime: "2026-12-01T09:00:30Z" });
  const form = newForm("extend", running, NOW);
  assert.deepEqual(form.values, { time: "2026-12-01T18:00" });
  assert.equal(timeOf(form, running, NOW), null);
  const later: ActionForm = { action: "extend", values: { time: "2026-12-01T18:01", reason: "Complex" } };
  assert.equal(timeOf(later, running, NOW), "2026-12-01T09:01:00.000Z");
  assert.equal(isComplete(later, running, NOW), true);
  assert.equal(isComplete({ ...later, values: { time: "2026-12-01T18:01", reason: " \n" } }, running, NOW), false);
});

test("a reason is one line", () => {
  assert.equal(
    reasonOf({ action: "pause", values: { reason: "  We have\n\tasked \r\n what is meant " } }),
    "We have asked what is meant",
  );
  assert.equal(reasonOf({ action: "pause", values: {} }), "");
});

test("a method is one of those that the API takes, or none", () => {
  assert.equal(methodOf({ action: "handOver", values: { method: "inPerson" } }), "inPerson");
  assert.equal(methodOf({ action: "handOver", values: { method: "" } }), null);
  assert.equal(methodOf({ action: "handOver", values: { method: "pigeon" } }), null);
});

test("an action without fields can be sent at once", () => {
  assert.equal(isComplete(newForm("cancel", runningExport(), NOW), runningExport(), NOW), true);
  assert.equal(isComplete(newForm("hold", EXPORTED, NOW), EXPORTED, NOW), false);
});

test("an erasure is confirmed with the reference, or without one with the first block of the id", () => {
  const erase = (confirmation: string, reference: string | null): boolean =>
    isComplete({ action: "erase", values: { confirmation } }, succeededExport({ reference }), NOW);
  assert.equal(confirmationOf(EXPORTED), "DSR-2026-0042");
  assert.equal(confirmationOf(succeededExport({ reference: null })), "3938ca43");
  assert.equal(confirmationOf(succeededExport({ reference: " " })), "3938ca43");
  assert.equal(erase("DSR-2026-0042", "DSR-2026-0042"), true);
  assert.equal(erase(" DSR-2026-0042 ", "DSR-2026-0042"), true);
  assert.equal(erase("dsr-2026-0042", "DSR-2026-0042"), false);
  assert.equal(erase("DSR-2026-004", "DSR-2026-0042"), false);
  assert.equal(erase("", "DSR-2026-0042"), false);
  assert.equal(erase("", null), false);
  assert.equal(erase("3938ca43", null), true);
  assert.equal(erase("Akte Mu\u0308ller 7", "Akte  M\u00fcller 7"), true); // as the page shows it
});

test("what has to be typed anew is not kept", () => {
  assert.equal(draftOfForm({ action: "erase", values: { confirmation: "DSR-2026-0042" } }), null);
  assert.equal(draftOfForm({ action: "cancel", values: {} }), null);
});

test("a draft opens its form again, and one of another kind opens none", () => {
  const form: ActionForm = { action: "pause", values: { reason: "We have asked" } };
  assert.deepEqual(keptForm(JSON.parse(JSON.stringify(draftOfForm(form)))), form);
  assert.deepEqual(keptForm({ action: "pause", values: { reason: 1, time: "2026-12-01T18:01" } }), {
    action: "pause",
    values: {},
  });
  for (const strange of [
    null,
    "pause",
    [],
    {},
    { action: "pause" },
    { action: "pause", values: null },
    { action: "pay", values: {} },
  ]) {
    assert.equal(keptForm(strange), null);
  }
});
