/**
 * Uses types that openapi-typescript generated, by openapi-fetch: node typescript_program.js PERSON BROKEN SLOW NOBODY.
 *
 * It reads the address of the API and a token from the environment, does what callers do, and prints what it got as JSON.
 */

import { setTimeout } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type Export = components["schemas"]["Export"];
type ErrorResponse = components["schemas"]["ErrorResponse"];

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set.`);
  return value;
};

const api = createClient<paths>({
  baseUrl: environment("API"),
  headers: { Authorization: `Bearer ${environment("TOKEN")}` },
});

/** The answer, if it is no error. */
const good = <Answer>(result: { data?: Answer; error?: ErrorResponse; response: Response }): Answer => {
  if (result.data === undefined) throw new Error(`${result.response.status} ${result.error?.error.code}`);
  return result.data;
};

/** The export at its end. */
const ended = async (id: string): Promise<Export> => {
  for (;;) {
    const result = await api.GET("/exports/{id}", { params: { path: { id } } });
    const wait = result.response.headers.get("Retry-After");
    if (wait === null) return good(result);
    await setTimeout(Number(wait) * 1000);
  }
};

const exported = async (person: string, reference: string): Promise<Export> => {
  const accepted = await api.POST("/exports", {
    params: { header: { "Idempotency-Key": reference } },
    body: { subject: { type: "user", id: person }, reference },
  });
  return ended(good(accepted).id);
};

const succeeded = async (person: string) => {
  const reference = `typescript-${crypto.randomUUID()}`;
  const exportDone = await exported(person, reference);
  const { id, completedDateTime, createdDateTime, files } = exportDone;
  if (completedDateTime === null || Date.parse(completedDateTime) <= Date.parse(createdDateTime)) throw new Error(id);
  const page = good(await api.GET("/exports", { params: { query: { reference } } }));
  const path = { id };
  const names = good(await api.GET("/exports/{id}/files", { params: { path } })).value.map((file) => file.name);
  const wanted = names.slice(0, 1);
  const links = good(await api.POST("/exports/{id}/links", { params: { path }, body: { files: wanted } }));
  const events = good(await api.GET("/exports/{id}/events", { params: { path } })).value.map((event) => event.type);
  return {
    status: exportDone.status,
    stage: exportDone.stage,
    error: exportDone.error,
    files: files?.count === names.length && names.length > 0,
    listed: page.value.length === 1 && page.value[0]?.id === id,
    linked: links.value.length === 1 && links.value[0]?.name === wanted[0],
    events: [events[0], ...events.filter((type) => type === "Succeeded")],
    canceled: good(await api.POST("/exports/{id}/cancel", { params: { path } })).status,
    answered: await handedOver(id, reference),
  };
};

/** The package in German, when it is made. */
const made = async (id: string) => {
  const params = { path: { id }, query: { language: "de" as const } };
  const asked = await api.POST("/exports/{id}/package", { params: { path: { id } }, body: { language: "de" } });
  let wait = asked.response.headers.get("Retry-After");
  for (;;) {
    if (wait !== null) await setTimeout(Number(wait) * 1000);
    const { data, response } = await api.GET("/exports/{id}/package", { params });
    wait = response.headers.get("Retry-After");
    if (data === undefined) throw new Error(`${response.status}`);
    if (wait === null) return data;
  }
};

/** What is done with an export that has succeeded until the person has the answer. */
const handedOver = async (id: string, reference: string) => {
  const params = { path: { id } };
  const done = await made(id);
  const body = { package: "de" as const, expiresInMinutes: 60 };
  const links = good(await api.POST("/exports/{id}/links", { params, body })).value;
  const held = good(await api.PUT("/exports/{id}/hold", { params, body: { reason: "Case 12" } }));
  const refused = await api.DELETE("/exports/{id}/data", { params });
  const lifted = good(await api.DELETE("/holds", { params: { query: { reference } } })).value;
  const answered = good(await api.POST("/exports/{id}/handover", { params, body: { method: "portal" } }));
  if (answered.handedOverDateTime === null) throw new Error(id);
  return {
    package: [done.status, done.language, done.progress],
    linked: JSON.stringify(links.map((link) => link.name)) === JSON.stringify(done.files.map((file) => file.name)),
    held: held.hold?.reason,
    refused: refused.error?.error.code,
    lifted: lifted.map((each) => each.status),
    method: answered.handoverMethod,
    trail: answered.trail.eventCount > held.trail.eventCount,
  };
};

/** What is done with the clock of an export that runs. */
const clock = async (person: string) => {
  const { id, dueDateTime } = good(
    await api.POST("/exports", { body: { subject: { type: "user", id: person } } }),
  );
  const later = new Date(Date.parse(dueDateTime) + 60 * 86_400_000);
  const change = async (body: components["schemas"]["DeadlineBody"]) =>
    good(await api.POST("/exports/{id}/deadline", { params: { path: { id } }, body }));
  const extended = await change({
    action: "extend",
    dueDateTime: later.toISOString().replace(".000Z", "Z"),
    reason: "A complex request",
  });
  const paused = await change({ action: "pause", reason: "Asked who is meant" });
  const resumed = await change({ action: "resume" });
  return {
    extended: Date.parse(extended.dueDateTime) === later.getTime(),
    paused: paused.pausedDateTime !== null,
    resumed: resumed.pausedDateTime === null && Date.parse(resumed.dueDateTime) >= later.getTime(),
    canceled: good(await api.POST("/exports/{id}/cancel", { params: { path: { id } } })).status,
  };
};

const failed = async (person: string) => {
  const exportDone = await exported(person, `typescript-${crypto.randomUUID()}`);
  const attempt = exportDone.attempts[0];
  if (exportDone.files !== null) throw new Error("It has files.");
  return { status: exportDone.status, code: exportDone.error?.code, attempt: [attempt?.status, attempt?.error?.code] };
};

const batch = async (nobody: string) => {
  const exports = [nobody, "nobody"].map((id) => ({ subject: { type: "user" as const, id } }));
  const made = good(await api.POST("/batches", { body: { exports } }));
  const exportId = made.items[0]?.exportId;
  if (!exportId) throw new Error("The first has no export.");
  await ended(exportId);
  const done = good(await api.GET("/batches/{id}", { params: { path: { id: made.id } } }));
  return {
    status: done.status,
    items: done.items.map((item) => item.status),
    codes: done.items.map((item) => item.error?.code),
    exports: made.items.map((item) => item.exportId !== null),
    counts: done.counts,
  };
};

const subscription = async () => {
  const body = { callbackUrl: environment("CALLBACK_URL"), status: ["Failed" as const] };
  const made = good(await api.POST("/subscriptions", { body }));
  const gone = await api.DELETE("/subscriptions/{id}", { params: { path: { id: made.id } } });
  return { status: made.status, reference: made.reference, deleted: gone.response.status };
};

const refused = async () => {
  const result = await api.POST("/exports", { body: { subject: { type: "user", id: "nobody" } } });
  const details = result.error?.error.details.map((each) => each.target);
  return { status: result.response.status, code: result.error?.error.code, details };
};

const checked = async () => {
  const report = good(await api.POST("/preflight"));
  return { status: report.status, failed: report.checks.filter((each) => each.status === "Failed") };
};

const [person, broken, slow, nobody] = process.argv.slice(2);
if (!person || !broken || !slow || !nobody) throw new Error("Say whom.");
const parts = {
  health: api.GET("/health").then((result) => good(result).status),
  preflight: checked(),
  succeeded: succeeded(person),
  clock: clock(slow),
  failed: failed(broken),
  batch: batch(nobody),
  subscription: subscription(),
  refused: refused(),
};
const got = await Promise.all(Object.entries(parts).map(async ([name, part]) => [name, await part] as const));
console.log(JSON.stringify(Object.fromEntries(got)));
