"""Exports over HTTP: create, get, follow and list."""

from typing import Any

import pytest

from shared.exports.audit_trail import add_event
from shared.exports.states_and_codes import EventType, Status
from shared.http.query_parameters import ROWS_PAGE_SIZE
from tests.exports.samples import CALLER, SECOND
from tests.http.api_client import OTHER_PERSON, PERSON, ROOT, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER

BODY = {"subject": {"type": "user", "id": PERSON}, "reference": "DSR-1"}


async def test_an_export_is_accepted_and_says_where_to_follow_it(api: ApiClient) -> None:
    reply = await api.post("/exports", BODY)
    assert reply.status == 202
    export_id = reply.body["id"]
    assert reply.headers["Location"] == f"{ROOT}/api/exports/{export_id}/result"
    assert reply.headers["Operation-Location"] == f"{ROOT}/api/exports/{export_id}"
    assert reply.headers["Retry-After"] == "1"
    assert (reply.body["status"], reply.body["reference"]) == ("NotStarted", "DSR-1")
    assert api.fakes.monitors.started == [export_id]
    assert (await api.get(reply.headers["Operation-Location"])).body == reply.body


async def test_the_public_address_of_a_deployment_is_in_its_links() -> None:
    api = ApiClient(PUBLIC_BASE_URL="https://privacy.contoso.com/")
    reply = await api.post("/exports", BODY)
    assert reply.headers["Location"].startswith("https://privacy.contoso.com/api/exports/")


async def test_the_ids_of_the_request_are_in_the_trail(api: ApiClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"x-ms-client-request-id": "mine", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    reply = await api.post("/exports", BODY, headers=headers)
    (event,) = (await api.get(f"/exports/{reply.body['id']}/events")).body["value"]
    assert (event["type"], event["actor"]) == ("Accepted", CALLER)
    assert event["detail"] == {
        "requestId": reply.headers["x-ms-request-id"],
        "clientRequestId": "mine",
        "traceId": trace,
    }


async def test_a_long_trail_is_paged_and_each_page_is_read_alone(api: ApiClient) -> None:
    export_id = await api.create()
    while (saved := await api.fakes.stored(export_id)).export.event_count < 2 * ROWS_PAGE_SIZE + 1:
        export = saved.export
        for number in range(export.event_count + 1, min(export.event_count + 90, 2 * ROWS_PAGE_SIZE + 1) + 1):
            export = add_event(export, EventType.BACKED_OFF, api.fakes.clock(), number=number)
        await api.fakes.services.records.save(saved, export)
    pages, link = [], f"/exports/{export_id}/events"
    while link:
        api.fakes.hooks.calls.clear()
        pages.append((await api.get(link)).body)
        assert api.fakes.hooks.calls == ["Exports.get", "Exports.range"]
        link = pages[-1].get("nextLink")
    assert pages[0]["nextLink"] == f"{ROOT}/api/exports/{export_id}/events?continuationToken={ROWS_PAGE_SIZE}"
    assert [len(page["value"]) for page in pages] == [ROWS_PAGE_SIZE, ROWS_PAGE_SIZE, 1]
    numbers = [event["detail"].get("number", 1) for page in pages for event in page["value"]]
    assert numbers == list(range(1, 2 * ROWS_PAGE_SIZE + 2))


async def test_a_trail_that_fills_its_page_has_no_empty_one_behind_it(api: ApiClient) -> None:
    export_id = await api.create()
    while (saved := await api.fakes.stored(export_id)).export.event_count < ROWS_PAGE_SIZE:
        export = saved.export
        for _ in range(min(90, ROWS_PAGE_SIZE - export.event_count)):
            export = add_event(export, EventType.BACKED_OFF, api.fakes.clock())
        await api.fakes.services.records.save(saved, export)
    body = (await api.get(f"/exports/{export_id}/events")).body
    assert (set(body), len(body["value"])) == ({"value"}, ROWS_PAGE_SIZE)


@pytest.mark.parametrize("token", ["x", "-1", "1e3"])
async def test_a_place_in_the_trail_that_no_page_gave_is_refused(api: ApiClient, token: str) -> None:
    reply = await api.get(f"/exports/{await api.create()}/events?continuationToken={token}")
    assert reply.error == (400, "InvalidValue", "continuationToken")


@pytest.mark.parametrize("header", ["Idempotency-Key", "Repeatability-Request-ID"])
async def test_the_same_key_and_body_give_the_same_export(api: ApiClient, header: str) -> None:
    first = await api.post("/exports", BODY, headers={header: "k"})
    again = await api.post("/exports", BODY, headers={header: "k"})
    assert again.body == first.body
    assert api.fakes.monitors.started == [first.body["id"]]


async def test_a_key_that_was_used_for_another_body_is_refused(api: ApiClient) -> None:
    await api.post("/exports", BODY, headers={"Idempotency-Key": "k"})
    reply = await api.post("/exports", BODY | {"reference": "DSR-2"}, headers={"Idempotency-Key": "k"})
    assert reply.error == (422, "IdempotencyKeyReused", "Idempotency-Key")


@pytest.mark.parametrize(
    "times",
    [
        {"dueDateTime": "2016-12-01T09:00:00Z"},
        {"dueDateTime": "2026-11-01T09:00:00Z"},
        {"receivedDateTime": "2026-12-01T09:00:00Z", "dueDateTime": "2026-12-01T10:00:00+01:00"},
        {"receivedDateTime": "2026-10-02T09:00:00Z", "dueDateTime": "2026-10-01T09:00:00Z"},
    ],
)
async def test_a_deadline_that_is_not_after_the_receipt_is_refused(api: ApiClient, times: dict[str, str]) -> None:
    reply = await api.post("/exports", BODY | times)
    assert reply.error == (400, "InvalidValue", "dueDateTime")
    assert "receivedDateTime" in reply.body["error"]["message"]
    assert (await api.get("/exports")).body["value"] == []


async def test_a_person_with_an_open_export_is_busy(api: ApiClient) -> None:
    export_id = await api.create()
    assert (await api.post("/exports", BODY)).error == (409, "ExportInProgress", export_id)
    assert (await api.post("/exports", BODY | {"allowDuplicate": True})).status == 202


async def test_a_callback_is_refused_where_it_may_not_go(api: ApiClient) -> None:
    url = "https://hooks.contoso.com/?sig=secret"
    api.fakes.callbacks.forbidden.add(url)
    reply = await api.post("/exports", BODY | {"callbackUrl": url})
    assert reply.error == (400, "CallbackNotAllowed", "callbackUrl")
    assert b"secret" not in reply.content
    assert api.fakes.monitors.started == []


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (None, {}, (400, "MissingBody", "body")),
        (b"x" * (64 * 1024 + 1), {}, (413, "BodyTooLarge", "body")),
        (BODY, {"content-type": "text/csv"}, (415, "UnsupportedMediaType", "Content-Type")),
        (b"{", {}, (400, "InvalidJson", "body")),
        (None, {"Idempotency-Key": "with space"}, (400, "MissingBody", "body")),
        ({"subject": {}}, {"Idempotency-Key": "with space"}, (400, "InvalidValue", "Idempotency-Key")),
        ({"subject": {}}, {}, (400, "MissingField", "subject.type")),
    ],
    ids=["none", "large", "csv", "no json", "none before key", "key before fields", "fields"],
)
async def test_a_request_that_can_not_be_read_is_refused(
    api: ApiClient, body: Any, headers: dict[str, str], error: tuple[int, str, str]
) -> None:
    assert (await api.post("/exports", body, headers=headers)).error == error


async def test_an_export_is_seen_by_its_requester_and_by_readers(api: ApiClient) -> None:
    path = f"/exports/{await api.create()}"
    for caller, role, status in [
        (CALLER, "Exports.Submit", 200),
        (OTHER_CALLER, "Exports.Read", 200),
        (OTHER_CALLER, "Exports.Submit", 404),
        (CALLER, "Exports.Download", 403),
    ]:
        api.become(caller, role)
        for call in ("", "/result", "/events"):
            expected = 202 if status == 200 and call == "/result" else status
            assert (await api.get(path + call)).status == expected, (caller, role, call)


@pytest.mark.parametrize("export_id", [UNKNOWN_ID, "x", f"{UNKNOWN_ID}x", UNKNOWN_ID.upper()])
async def test_an_id_that_names_no_export_is_not_found(api: ApiClient, export_id: str) -> None:
    assert (await api.get(f"/exports/{export_id}")).error == (404, "ExportNotFound", "id")


async def test_an_id_may_be_in_upper_case(api: ApiClient) -> None:
    export_id = await api.create()
    assert (await api.get(f"/exports/{export_id.upper()}")).body["id"] == export_id


async def test_the_result_of_an_open_export_says_when_to_ask_again(api: ApiClient) -> None:
    export_id = await api.create()
    reply = await api.get(f"/exports/{export_id}/result")
    assert (reply.status, reply.headers["Retry-After"]) == (202, "1")
    assert reply.headers["Location"].endswith(f"/exports/{export_id}/result")


@pytest.mark.parametrize(("status", "code"), [(Status.SUCCEEDED, 200), (Status.FAILED, 424), (Status.CANCELED, 410)])
async def test_the_result_of_an_ended_export_is_its_outcome(api: ApiClient, status: Status, code: int) -> None:
    export_id = await api.run_to_end(await api.create(), status)
    reply = await api.get(f"/exports/{export_id}/result")
    assert (reply.status, reply.body["status"]) == (code, status)
    assert "Retry-After" not in reply.headers
    assert "Retry-After" not in (await api.get(f"/exports/{export_id}")).headers


async def test_a_list_is_paged_and_keeps_its_filters(api: ApiClient) -> None:
    ids = []
    for number in range(5):
        api.fakes.clock.now += SECOND
        ids.append(await api.create(reference="ä&b", allowDuplicate=number > 0))
    await api.create(OTHER_PERSON)
    api.become(OTHER_CALLER, "Exports.Read")
    found: list[str] = []
    url = f"/exports?subjectId={PERSON.upper()}&reference=%C3%A4%26b&status=NotStarted&top=2"
    pages = 0
    while url:
        page = (await api.get(url)).body
        found += [export["id"] for export in page["value"]]
        url, pages = page.get("nextLink", ""), pages + 1
    assert found == ids[::-1]
    assert pages == 3


async def test_a_list_by_deadline_has_the_earliest_first(api: ApiClient) -> None:
    later = await api.create(dueDateTime="2026-12-02T09:00:00Z")
    sooner = await api.create(OTHER_PERSON, dueDateTime="2026-12-01T09:00:00Z")
    for before, found in [("2026-12-03T09:00:00Z", [sooner, later]), ("2026-12-02T09:00:00Z", [sooner])]:
        page = (await api.get(f"/exports?dueBefore={before}")).body
        assert [export["id"] for export in page["value"]] == found


@pytest.mark.parametrize("query", ["status=NotStarted,Canceled", "status=NotStarted&status=Canceled"])
async def test_a_list_of_several_statuses_is_paged(api: ApiClient, query: str) -> None:
    ids = []
    for number in range(4):
        api.fakes.clock.now += SECOND
        ids.append(await api.create(allowDuplicate=number > 0))
    await api.run_to_end(ids[1], Status.CANCELED)
    await api.run_to_end(ids[2], Status.FAILED)
    found: list[str] = []
    url = f"/exports?{query}&top=2"
    while url:
        page = (await api.get(url)).body
        found += [export["id"] for export in page["value"]]
        url = page.get("nextLink", "")
    assert found == [ids[3], ids[1], ids[0]]


async def test_a_submitter_lists_its_own_and_learns_nothing_of_others(api: ApiClient) -> None:
    mine = []
    for number in range(3):
        api.fakes.clock.now += SECOND
        mine.append(await api.create(reference="DSR-1", allowDuplicate=number > 0))
    api.become(OTHER_CALLER, "Exports.Submit")
    api.fakes.clock.now += SECOND
    theirs = await api.create(OTHER_PERSON, reference="DSR-2")
    for query, found in [
        ("", [theirs]),
        (f"?requestedBy={OTHER_CALLER}", [theirs]),
        ("?status=NotStarted,Running", [theirs]),
        ("?dueBefore=2027-12-01T09:00:00Z", [theirs]),
        (f"?subjectId={OTHER_PERSON}", [theirs]),
        (f"?subjectId={PERSON}&top=1", []),
        ("?reference=DSR-1&top=1", []),
        ("?status=Failed", []),
    ]:
        page = (await api.get(f"/exports{query}")).body
        assert ([export["id"] for export in page["value"]], set(page)) == (found, {"value"}), query
    for export_id in mine:
        assert (await api.get(f"/exports/{export_id}")).status == 404
    other = await api.get(f"/exports?requestedBy={CALLER}")
    assert other.error == (403, "Forbidden", None)
    assert "Exports.Read" in other.body["error"]["message"]
    page = (await api.become(CALLER, "Exports.Submit").get("/exports?top=2")).body
    rest = (await api.get(page["nextLink"])).body
    assert [export["id"] for export in (*page["value"], *rest["value"])] == mine[::-1]
    assert (await api.become(OTHER_CALLER, "Exports.Submit").get(page["nextLink"])).error[:2] == (400, "InvalidValue")


async def test_a_reader_lists_all_or_those_of_a_requester(api: ApiClient) -> None:
    mine = await api.create()
    api.fakes.clock.now += SECOND
    theirs = await api.become(OTHER_CALLER, "Exports.Submit").create(OTHER_PERSON)
    api.become(OTHER_CALLER, "Exports.Read")
    for query, found in [("", [theirs, mine]), (f"?requestedBy={CALLER}", [mine])]:
        page = (await api.get(f"/exports{query}")).body
        assert [export["id"] for export in page["value"]] == found
        assert {export["requestedBy"] for export in page["value"]} == {CALLER, OTHER_CALLER} - (
            {OTHER_CALLER} if query else set()
        )


async def test_a_list_takes_a_role_and_known_parameters(api: ApiClient) -> None:
    assert (await api.get("/exports?due=1")).error == (400, "UnknownField", "due")
    assert (await api.get("/exports?code=key")).body == {"value": []}
    assert (await api.become(CALLER, "Exports.Download").get("/exports")).error == (403, "Forbidden", None)


async def test_a_csv_of_exports_is_pointed_to_the_batches(api: ApiClient) -> None:
    reply = await api.post("/exports", b"type,id\n", media_type="text/csv")
    assert reply.error == (415, "UnsupportedMediaType", "Content-Type")
    assert "POST /batches" in reply.body["error"]["message"]
