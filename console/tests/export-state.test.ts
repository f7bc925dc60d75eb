/** What state an export is in, and how far its deadline is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { deadlineOf, deadlineText, deadlineTone } from "../src/components/deadline";
import { statesOf } from "../src/components/export-state";
import en from "../src/languages/en.json";
import { translatorOf } from "../src/languages/translator";
import { runningExport, succeededExport } from "./sample-export";

const t = translatorOf("en", en);
const HOLD = { placedBy: "functionKey", placedDateTime: "2026-11-04T10:00:00Z", reason: "Case 12" };
const AT = "2026-11-09T15:30:00Z";
const NOW = Date.parse("2026-11-29T12:00:00Z");

const names = (exported: Parameters<typeof statesOf>[0]) => statesOf(exported).map(({ name }) => name);
const words = (exported: Parameters<typeof deadlineOf>[0], now: number, zone = "UTC") =>
  deadlineText(t, deadlineOf(exported, now, zone));

test("an open export shows its stage", () => {
  assert.deepEqual(names(runningExport()), ["inProgress"]);
  assert.deepEqual(names(runningExport({ stage: "Queued" })), ["queued"]);
  assert.deepEqual(names(runningExport({ stage: "SomethingNew" })), ["inProgress"]);
});

test("one that succeeded is ready until it is handed over or erased", () => {
  assert.deepEqual(names(succeededExport()), ["ready"]);
  assert.deepEqual(names(succeededExport({ awaitsHandover: true })), ["awaitsHandover"]);
  assert.deepEqual(names(succeededExport({ erasedDateTime: AT })), ["erased"]);
  assert.deepEqual(names(succeededExport({ erasedDateTime: AT, awaitsHandover: true })), ["awaitsHandover", "erased"]);
  assert.deepEqual(names(succeededExport({ handedOverDateTime: AT, erasedDateTime: AT })), ["handedOver", "erased"]);
});

test("a hold and a paused clock are shown beside it", () => {
  assert.deepEqual(names(runningExport({ hold: HOLD, pausedDateTime: AT })), ["inProgress", "onHold", "paused"]);
  assert.deepEqual(names(succeededExport({ status: "Failed" })), ["failed"]);
  assert.deepEqual(names(succeededExport({ status: "Canceled", erasedDateTime: AT })), ["canceled", "erased"]);
});

test("days are those of the reader's calendar", () => {
  assert.equal(words(runningExport(), NOW), "2 days left");
  assert.equal(words(runningExport({ dueDateTime: "2026-11-30T00:30:00Z" }), NOW, "UTC"), "1 day left");
  assert.equal(words(runningExport({ dueDateTime: "2026-11-30T00:30:00Z" }), NOW, "America/New_York"), "due today");
});

test("a deadline that has passed is overdue, from the instant on", () => {
  assert.equal(words(runningExport({ dueDateTime: "2026-11-29T12:00:00Z" }), NOW), "overdue since today");
  assert.equal(words(runningExport({ dueDateTime: "2026-11-29T12:00:01Z" }), NOW), "due today");
  assert.equal(words(runningExport({ dueDateTime: "2026-11-26T12:00:00Z" }), NOW), "3 days overdue");
});

test("a clock that does not run says so", () => {
  assert.equal(words(runningExport({ pausedDateTime: AT }), NOW), "paused");
  assert.equal(words(succeededExport(), NOW), "clock stopped");
  assert.equal(words(succeededExport({ awaitsHandover: true }), NOW), "2 days left");
  assert.equal(words(succeededExport({ awaitsHandover: true, pausedDateTime: AT }), NOW), "paused");
  assert.equal(words(succeededExport({ handedOverDateTime: AT }), NOW), "clock stopped");
});

test("the tone follows the days", () => {
  const tone = (due: string) => deadlineTone(deadlineOf(runningExport({ dueDateTime: due }), NOW, "UTC"));
  assert.equal(tone("2026-11-29T11:59:59Z"), "danger");
  assert.equal(tone("2026-12-06T23:00:00Z"), "warning");
  assert.equal(tone("2026-12-07T01:00:00Z"), "neutral");
  assert.equal(deadlineTone(deadlineOf(succeededExport(), NOW)), "neutral");
});
