/** Which language and which region's dates and numbers a reader gets, and how numbers and plurals are written. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dateText, dateTimeText, daysUntil } from "../src/languages/dates";
import en from "../src/languages/en.json";
import { bestLanguage, localeOf, translatorOf } from "../src/languages/translator";

const DUE = "2026-12-01T16:00:00Z";

test("the first language that there are texts in is taken, else English", () => {
  assert.equal(bestLanguage(["pt-BR", "de-CH", "en"]), "de");
  assert.equal(bestLanguage(["FR"]), "fr");
  assert.equal(bestLanguage(["ja", ""]), "en");
});

test("dates and numbers are those of the reader's region, where it speaks the language", () => {
  assert.equal(localeOf("en", ["de-DE", "en-GB", "en-US"]), "en-GB");
  assert.equal(localeOf("fr", ["en-GB"]), "fr");
  assert.equal(dateText("en-GB", DUE, "UTC"), "1 Dec 2026");
  assert.equal(dateText("en-US", DUE, "UTC"), "Dec 1, 2026");
  assert.equal(translatorOf("en", en, "en-IN").number(1_234_567), "12,34,567");
});

test("a time says its zone, and is of the day that the reader's calendar shows", () => {
  assert.equal(dateTimeText("de", DUE, "Asia/Tokyo"), "2. Dez. 2026, 01:00 GMT+9");
  assert.equal(dateText("de", DUE, "Asia/Tokyo"), "2. Dez. 2026");
});

test("days are counted by the reader's calendar", () => {
  const evening = Date.parse("2026-11-30T22:30:00Z");
  assert.equal(daysUntil(DUE, evening, "UTC"), 1);
  assert.equal(daysUntil(DUE, evening, "Asia/Tokyo"), 1); // from 1 to 2 December
  assert.equal(daysUntil(DUE, evening, "America/Los_Angeles"), 1);
  assert.equal(daysUntil("2026-11-30T23:30:00Z", evening, "Europe/Berlin"), 1);
  assert.equal(daysUntil("2026-11-30T23:30:00Z", evening, "UTC"), 0);
  assert.equal(daysUntil("2026-11-28T23:30:00Z", evening, "UTC"), -2);
  // Clocks are put back on 25 October: the day has 25 hours.
  assert.equal(daysUntil("2026-10-26T22:30:00Z", Date.parse("2026-10-24T22:30:00Z"), "Europe/Berlin"), 1);
});

test("bytes are written in the unit that fits", () => {
  const t = translatorOf("en", en);
  assert.equal(t.bytes(0), "0 bytes");
  assert.equal(t.bytes(1), "1 byte");
  assert.equal(t.bytes(999), "999 bytes");
  assert.equal(t.bytes(17_800), "17.8 kB");
  assert.equal(t.bytes(5e13), "50 TB");
});
