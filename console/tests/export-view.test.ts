/** What the view of an export says: steps, explanations, names, and when it asks again. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ApiFailure, Unreachable } from "../src/api/failures";
import type { Export } from "../src/api/types";
import en from "../src/languages/en.json";
import { translatorOf } from "../src/languages/translator";
import { actorText } from "../src/views/export/actor";
import { explanationKey } from "../src/views/export/explanations";
import { stepsOf } from "../src/views/export/steps";
import { visibleText } from "../src/views/export/visible-text";
import { secondsToNext } from "../src/views/export/watching";
import { runningExport, succeededExport } from "./sample-export";

const t = translatorOf("en", en);
const AT = "2026-11-09T15:30:00Z";

const states = (exported: Export) =>
  stepsOf(exported)
    .map(({ state }) => state)
    .join(" ");

test("the steps follow the export", () => {
  assert.equal(states(runningExport()), "done current waiting waiting");
  assert.equal(states(runningExport({ stage: "Checking" })), "done done current waiting");
  assert.equal(states(succeededExport()), "done done done optional");
  assert.equal(states(succeededExport({ awaitsHandover: true })), "done done done current");
  assert.equal(states(succeededExport({ handedOverDateTime: AT })), "done done done done");
});

test("the steps say where an export has ended", () => {
  const ended = { stage: "Ended", completedDateTime: AT, files: null };
  assert.equal(states(runningExport({ ...ended, status: "Failed" })), "done failed waiting optional");
  assert.equal(states(runningExport({ ...ended, status: "Canceled" })), "done canceled waiting optional");
  const files = { count: 1, totalBytes: 1, manifestSha256: null };
  assert.equal(states(runningExport({ ...ended, status: "Failed", files })), "done done failed optional");
  assert.equal(states(runningExport({ ...ended, status: "Canceled", files })), "done done canceled optional");
});

test("each step that is done says when", () => {
  const times = (exported: Export) => stepsOf(exported).map(({ utc }) => utc);
  const accepted = "2026-11-01T09:30:00Z";
  const submitted = "2026-11-01T09:30:31Z";
  assert.deepEqual(times(runningExport({ attempts: [] })), [accepted, null, null, null]);
  const all = [accepted, submitted, "2026-11-03T10:00:00Z", AT];
  assert.deepEqual(times(succeededExport({ handedOverDateTime: AT })), all);
  assert.deepEqual(times(succeededExport({ status: "Failed" })), [accepted, submitted, null, null]);
});

/** The values that the OpenAPI document knows of a property. */
function knownValues(schema: string, property: string): readonly string[] {
  const { components } = JSON.parse(readFileSync("../docs/openapi.json", "utf8"));
  const { description } = components.schemas[schema].properties[property];
  return [...description.split("Known values:")[1].matchAll(/`(\w+)`/g)].map(([, value]) => value);
}

test("there is an explanation of each warning and of each error that ends an export", () => {
  const ofAttempts = ["AttemptLost", "Canceled"];
  const errors = knownValues("Problem", "code").filter((code) => !ofAttempts.includes(code));
  const codes = [...knownValues("Warning", "code"), ...errors];
  assert.ok(codes.length > 15);
  assert.deepEqual(
    codes.filter((code) => explanationKey(code, t.has) === null),
    [],
  );
});

test("codes of Microsoft are explained, or left to those who run the service", () => {
  assert.equal(explanationKey("Request_ResourceNotFound", t.has), "explain.ResourceNotFound");
  assert.equal(explanationKey("StorageLocationInvalid", t.has), "explain.operators");
  assert.equal(explanationKey("Authorization_RequestDenied", t.has), "explain.operators");
  assert.equal(explanationKey("SomethingElse", t.has), null);
});

test("there are words for each event and each stage", () => {
  const events = knownValues("Event", "type").map((type) => `event.${type}`);
  const stages = knownValues("Export", "stage").map((stage) => `detail.stage.${stage}`);
  const missing = [...events, ...stages].filter((key) => !t.has(key));
  assert.deepEqual(missing, ["detail.stage.Ended"]);
});

test("the trail names the reader and the service in words", () => {
  assert.equal(actorText(t, "monitor", "me"), "Service");
  assert.equal(actorText(t, "functionKey", "me"), "Function key");
  assert.equal(actorText(t, "me", "me"), "You");
  assert.equal(actorText(t, "5f9d8f3e", "me"), "5f9d8f3e");
});

test("characters that hide or turn a name are written out", () => {
  assert.equal(visibleText("Rechnung\u202egpj.exe"), "Rechnung[U+202E]gpj.exe");
  assert.equal(visibleText("a\u0000b\n\u2028\ufeff"), "a[U+0000]b[U+000A][U+2028][U+FEFF]");
  assert.equal(visibleText("\ud800x"), "[U+D800]x");
  assert.equal(visibleText("👨‍👩‍👧 می‌خواهم <b>"), "👨‍👩‍👧 می‌خواهم <b>");
});

test("it asks again as the response says, and after a failure that may pass", () => {
  const answer = { status: 200, body: runningExport(), retryAfter: 20 };
  assert.equal(secondsToNext(answer, null), 20);
  assert.equal(secondsToNext({ ...answer, retryAfter: null }, null), null);
  assert.equal(secondsToNext(null, null), null);
  assert.equal(secondsToNext(answer, new Unreachable("away")), 30);
  assert.equal(secondsToNext(answer, new ApiFailure(503, null, null, 90)), 90);
  assert.equal(secondsToNext(answer, new ApiFailure(503, null, null, 5)), 30);
  assert.equal(secondsToNext(answer, new ApiFailure(429, null, null, null)), 30);
  assert.equal(secondsToNext(answer, new ApiFailure(404, null, null, null)), null);
  assert.equal(secondsToNext(answer, new TypeError("a defect")), null);
});
