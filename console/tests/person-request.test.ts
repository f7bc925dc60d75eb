/** The form for one person as a request. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiFailure } from "../src/api/failures";
import { emptyForm, fieldErrors, fieldsOf, requestOf } from "../src/views/new/person-request";

process.env["TZ"] = "Asia/Tokyo";

test("each form has a key of its own", () => {
  assert.notEqual(emptyForm().key, emptyForm().key);
});

test("what is empty is left out, and times are sent in UTC", () => {
  const form = { ...emptyForm(), id: " anna@contoso.com\u00a0", reference: " ", dueDateTime: "2026-12-01T09:00" };
  assert.deepEqual(requestOf(form), {
    subject: { type: "user", id: "anna@contoso.com" },
    dueDateTime: "2026-12-01T00:00:00Z",
  });
  assert.deepEqual(fieldsOf(emptyForm()), { type: "user" });
});

test("a second export is asked for only where that was said", () => {
  assert.equal(requestOf({ ...emptyForm(), allowDuplicate: "true" }).allowDuplicate, true);
  assert.ok(!("allowDuplicate" in requestOf(emptyForm())));
});

test("errors are those of fields if each is about one", () => {
  const failureOf = (...details: readonly (readonly [string, string | null])[]): ApiFailure =>
    new ApiFailure(
      400,
      {
        error: {
          code: "InvalidValue",
          message: details[0]?.[0] ?? "",
          target: details[0]?.[1] ?? null,
          details: details.map(([message, target]) => ({ code: "InvalidValue", message, target })),
        },
      },
      null,
      null,
    );
  const found = fieldErrors(
    failureOf(["subject.id: Takes a GUID.", "subject.id"], ["dueDateTime: No.", "dueDateTime"]),
  );
  assert.deepEqual(
    [...(found ?? [])].map(([field, { message }]) => [field, message]),
    [
      ["id", "Takes a GUID."],
      ["dueDateTime", "No."],
    ],
  );
  assert.equal(fieldErrors(failureOf(["reference: No.", "reference"], ["body: No.", "body"])), null);
  assert.equal(fieldErrors(new ApiFailure(503, null, null, 5)), null);
});
