"""Batches over HTTP: as JSON and CSV, refused as a whole or item by item."""

from typing import Any

import pytest

from shared.http.batch_handlers import MAX_BATCH_ITEMS
from shared.protocols import Upsert
from shared.records.table_names import TableName
from tests.exports.samples import CALLER, DAY, SECOND
from tests.http.api_client import OTHER_PERSON, PERSON, ROOT, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER, once, submit
from tests.use_cases.test_create_batch import fail

ITEM = {"subject": {"type": "user", "id": PERSON}}
OTHER_ITEM = {"subject": {"type": "user", "id": OTHER_PERSON}}
CSV = f"type,id,reference,allowDuplicate\nuser,{PERSON},r,\nuser,x,,maybe\nuser,{OTHER_PERSON},,TRUE\n".encode()


def outcomes(batch: Any) -> list[tuple[int, str, str | None]]:
    return [(item["number"], item["status"], item["error"] and item["error"]["code"]) for item in batch["items"]]


async def test_a_batch_in_json_starts_each_export(api: ApiClient) -> None:
    reply = await api.post("/batches", {"exports": [ITEM, {"subject": {}}, OTHER_ITEM]})
    assert reply.status == 202
    assert reply.headers["Location"] == f"{ROOT}/api/batches/{reply.body['id']}"
    assert reply.headers["Retry-After"] == "10"
    assert outcomes(reply.body) == [(1, "NotStarted", None), (2, "Refused", "MissingField"), (3, "NotStarted", None)]
    assert reply.body["counts"] == {"NotStarted": 2, "Refused": 1}
    ids = [item["exportId"] for item in reply.body["items"]]
    assert sorted(api.fakes.monitors.started) == sorted(export_id for export_id in ids if export_id)
    for export_id in api.fakes.monitors.started:
        (event,) = (await api.get(f"/exports/{export_id}/events")).body["value"]
        assert (event["actor"], event["detail"]["requestId"]) == (CALLER, reply.headers["x-ms-request-id"])


async def test_a_batch_in_csv_starts_each_export(api: ApiClient) -> None:
    reply = await api.post("/batches", CSV, media_type="Text/CSV; charset=utf-8")
    assert outcomes(reply.body) == [(1, "NotStarted", None), (2, "Refused", "InvalidValue"), (3, "NotStarted", None)]
    export = (await api.get(f"/exports/{reply.body['items'][0]['exportId']}")).body
    assert (export["subject"]["id"], export["reference"]) == (PERSON, "r")


async def test_the_same_items_in_json_and_csv_are_the_same_requests(api: ApiClient) -> None:
    key = {"Idempotency-Key": "k"}
    csv = f"type,id,dueDateTime\nuser,{PERSON},2026-12-01T10:00:00+01:00\n".encode()
    first = await api.post("/batches", csv, media_type="text/csv", headers=key)
    again = await api.post("/batches", {"exports": [ITEM | {"dueDateTime": "2026-12-01T09:00:00Z"}]}, headers=key)
    assert again.body == first.body


async def test_a_key_with_another_body_is_refused_and_the_batch_stays(api: ApiClient) -> None:
    key = {"Idempotency-Key": "k"}
    first = await api.post("/batches", {"exports": [ITEM, {}]}, headers=key)
    reply = await api.post("/batches", {"exports": [OTHER_ITEM, {}]}, headers=key)
    assert reply.error == (422, "IdempotencyKeyReused", "Idempotency-Key")
    assert (await api.get(f"/batches/{first.body['id']}")).body == first.body
    assert (await api.post("/batches", {"exports": [ITEM, {}]}, headers=key)).body == first.body


async def test_an_item_that_storage_fails_is_busy_until_the_batch_is_sent_again(api: ApiClient) -> None:
    key, body = {"Idempotency-Key": "k"}, {"exports": [ITEM, {}, OTHER_ITEM]}
    once(api.fakes.hooks.before, "Exports.transact", fail)
    reply = await api.post("/batches", body, headers=key)
    assert reply.status == 202
    assert outcomes(reply.body) == [(1, "Busy", "Busy"), (2, "Refused", "MissingField"), (3, "NotStarted", None)]
    assert (await api.get(f"/batches/{reply.body['id']}")).body == reply.body
    again = await api.post("/batches", body, headers=key)
    assert outcomes(again.body) == [(1, "NotStarted", None), (2, "Refused", "MissingField"), (3, "NotStarted", None)]


async def test_an_item_whose_deadline_has_passed_is_refused_when_it_is_created_and_not_when_it_is_repeated(
    api: ApiClient,
) -> None:
    late, in_time = ITEM | {"dueDateTime": "2016-12-01T09:00:00Z"}, OTHER_ITEM | {"dueDateTime": "2026-11-02T09:00:00Z"}
    key, body = {"Idempotency-Key": "k"}, {"exports": [late, in_time]}
    reply = await api.post("/batches", body, headers=key)
    assert outcomes(reply.body) == [(1, "Refused", "InvalidValue"), (2, "NotStarted", None)]
    assert reply.body["items"][0]["error"]["target"] == "dueDateTime"
    api.fakes.clock.now += 2 * DAY
    again = await api.post("/batches", body, headers=key)
    assert outcomes(again.body) == outcomes(reply.body)


async def test_a_batch_that_can_not_be_recorded_is_an_outage(api: ApiClient) -> None:
    api.fakes.hooks.fail("Batches.transact")
    reply = await api.post("/batches", {"exports": [ITEM]}, headers={"Idempotency-Key": "k"})
    assert reply.error == (503, "StorageUnavailable", None)


async def test_an_export_that_can_not_be_read_is_one_item_of_its_batch(api: ApiClient) -> None:
    batch = (await api.post("/batches", {"exports": [ITEM, OTHER_ITEM]})).body
    export_id = batch["items"][0]["exportId"]
    await api.fakes.tables[TableName.EXPORTS].transact(
        [Upsert({"PartitionKey": export_id, "RowKey": "export", "stage": "Dreaming"})]
    )
    reply = await api.get(f"/batches/{batch['id']}")
    assert outcomes(reply.body) == [(1, "Unreadable", "RecordUnreadable"), (2, "NotStarted", None)]
    for path in (f"/exports/{export_id}", f"/exports/{export_id}/result", f"/exports/{export_id}/events"):
        assert (await api.get(path)).error == (500, "RecordUnreadable", export_id)
    assert (await api.post(f"/exports/{export_id}/cancel")).error == (500, "RecordUnreadable", export_id)
    assert [each["id"] for each in (await api.get("/exports")).body["value"]] == [batch["items"][1]["exportId"]]


async def test_a_batch_goes_on_until_the_last_export_has_ended(api: ApiClient) -> None:
    batch = (await api.post("/batches", {"exports": [ITEM, OTHER_ITEM, {}]})).body
    path = f"/batches/{batch['id']}"
    first, second, _ = [item["exportId"] for item in batch["items"]]
    await api.run_to_end(first)
    reply = await api.get(path)
    assert (reply.body["status"], reply.headers["Retry-After"]) == ("Running", "1")
    assert reply.body["counts"] == {"NotStarted": 1, "Refused": 1, "Succeeded": 1}
    assert (await api.post(f"/exports/{second}/cancel")).status == 200
    reply = await api.get(path)
    assert reply.body["status"] == "Completed"
    assert "Retry-After" not in reply.headers


async def test_the_time_to_ask_again_is_that_of_the_first_export_to_change(api: ApiClient) -> None:
    batch = (await api.post("/batches", {"exports": [ITEM, OTHER_ITEM]})).body
    first, second = [item["exportId"] for item in batch["items"]]
    await submit(api.fakes, first)
    api.fakes.clock.now -= 20 * SECOND  # it was the time of the first poll
    assert (await api.get(f"/batches/{batch['id']}")).headers["Retry-After"] == "1"
    await api.post(f"/exports/{second}/cancel")
    assert (await api.get(f"/batches/{batch['id']}")).headers["Retry-After"] == "20"


async def test_a_batch_is_seen_by_its_requester_and_by_readers(api: ApiClient) -> None:
    batch = (await api.post("/batches", {"exports": [ITEM]})).body
    path = f"/batches/{batch['id'].upper()}"
    assert (await api.become(CALLER, "Exports.Submit").get(path)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Read").get(path)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Submit").get(path)).error == (404, "BatchNotFound", "id")
    assert (await api.become(OTHER_CALLER).get(path)).error == (403, "Forbidden", None)


@pytest.mark.parametrize("batch_id", [UNKNOWN_ID, "x"])
async def test_an_id_that_names_no_batch_is_not_found(api: ApiClient, batch_id: str) -> None:
    assert (await api.get(f"/batches/{batch_id}")).error == (404, "BatchNotFound", "id")


@pytest.mark.parametrize(
    ("body", "media_type", "error"),
    [
        (None, "application/json", (400, "MissingBody", "body")),
        (b"{", "application/json", (400, "InvalidJson", "body")),
        ({"exports": []}, "application/json", (400, "MissingField", "exports")),
        ({"exports": [{}] * (MAX_BATCH_ITEMS + 1)}, "application/json", (400, "BatchTooLarge", "exports")),
        (b"type,id\n", "text/csv", (400, "MissingField", "exports")),
        (b"type,id\n" + b"user,x\n" * (MAX_BATCH_ITEMS + 1), "text/csv", (400, "BatchTooLarge", "exports")),
        (b"\xff", "text/csv", (400, "InvalidCsv", "body")),
        (b"x" * (1024 * 1024 + 1), "text/csv", (413, "BodyTooLarge", "body")),
        (b"x" * (1024 * 1024 + 1), "application/json", (413, "BodyTooLarge", "body")),
        (b"x", "text/plain", (415, "UnsupportedMediaType", "Content-Type")),
        (b"type,id\n,,\n,,\n", "text/csv", (400, "MissingField", "exports")),
        (b"type,id\n" + b",\n" * 500_000, "text/csv", (400, "BatchTooLarge", "body")),
        (b'{"exports": [{"exports": ' + b"[" * 1_000_000, "application/json", (400, "InvalidJson", "body")),
    ],
    ids=[
        "none",
        "no json",
        "empty",
        "many",
        "csv empty",
        "csv many",
        "no csv",
        "csv large",
        "large",
        "type",
        "csv of empty rows",
        "csv of very many empty rows",
        "deep",
    ],
)
async def test_a_batch_that_can_not_be_read_is_refused(
    api: ApiClient, body: Any, media_type: str, error: tuple[int, str, str]
) -> None:
    assert (await api.post("/batches", body, media_type=media_type)).error == error


async def test_as_many_exports_as_a_batch_can_have_are_looked_at(api: ApiClient) -> None:
    reply = await api.post("/batches", {"exports": [{}] * MAX_BATCH_ITEMS})
    assert (reply.body["status"], reply.body["counts"]) == ("Completed", {"Refused": MAX_BATCH_ITEMS})


async def test_a_batch_takes_a_role(api: ApiClient) -> None:
    assert (await api.become(CALLER, "Exports.Read").post("/batches", {})).error == (403, "Forbidden", None)


async def test_a_workbook_is_told_to_be_sent_as_csv(api: ApiClient) -> None:
    for media_type in ("application/vnd.ms-excel", "application/octet-stream", "text/plain"):
        reply = await api.post("/batches", CSV, media_type=media_type)
        assert reply.error == (415, "UnsupportedMediaType", "Content-Type")
        assert "application/json or text/csv" in reply.body["error"]["message"]


async def test_empty_rows_do_not_count(api: ApiClient) -> None:
    rows = f"type;id;\r\nuser;{PERSON};\r\n" + ";;\r\n" * 1247 + f"user;{OTHER_PERSON};\r\n"
    reply = await api.post("/batches", rows.encode("utf-8-sig"), media_type="text/csv")
    assert outcomes(reply.body) == [(1, "NotStarted", None), (2, "NotStarted", None)]


async def test_what_is_wrong_with_an_item_is_kept_short(api: ApiClient) -> None:
    reply = await api.post("/batches", {"exports": [ITEM | {"x" * 100_000: 1}, {"subject": {"y\n" * 50_000: 1}}]})
    assert outcomes(reply.body) == [(1, "Refused", "UnknownField"), (2, "Refused", "MissingField")]
    assert len(reply.content) < 2000
    assert (await api.get(f"/batches/{reply.body['id']}")).body == reply.body
