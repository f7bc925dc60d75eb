"""The clock over HTTP: who may change it, and what comes back."""

from dataclasses import replace
from typing import Any

import pytest

from shared.exports.states_and_codes import Status
from tests.exports.samples import CALLER, DAY, LIMITS
from tests.fakes.hooked_services import HookedServices
from tests.http.api_client import UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER

EXTEND = {"action": "extend", "dueDateTime": "2027-02-01T09:00:00Z", "reason": "It is complex."}
PAUSE, RESUME = {"action": "pause", "reason": "The person was asked."}, {"action": "resume"}
DUE = "2026-12-01T09:00:00Z"


async def change(api: ApiClient, export_id: str, body: dict[str, Any]) -> Any:
    reply = await api.post(f"/exports/{export_id}/deadline", body)
    assert reply.status == 200
    return reply.body


async def refusal(api: ApiClient, export_id: str, body: dict[str, Any]) -> tuple[int, str, str | None]:
    return (await api.post(f"/exports/{export_id}/deadline", body)).error


async def events(api: ApiClient, export_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The events of the clock: type, actor, detail."""
    listed = (await api.get(f"/exports/{export_id}/events")).body["value"]
    return [(each["type"], each["actor"], each["detail"]) for each in listed if each["type"] != "Accepted"]


async def test_a_deadline_is_extended_with_a_reason(api: ApiClient) -> None:
    export_id = await api.create()
    for _ in range(2):
        export = await change(api, export_id, EXTEND)
        assert (export["dueDateTime"], export["pausedDateTime"]) == ("2027-02-01T09:00:00Z", None)
    detail = {"reason": "It is complex.", "previousDue": DUE, "due": "2027-02-01T09:00:00Z"}
    assert await events(api, export_id) == [("DeadlineExtended", CALLER, detail)]
    assert (await change(api, export_id, EXTEND)) == (await api.get(f"/exports/{export_id}")).body


async def test_a_clock_is_paused_and_resumed(api: ApiClient) -> None:
    export_id = await api.create()
    for _ in range(2):
        export = await change(api, export_id, PAUSE)
        assert (export["dueDateTime"], export["pausedDateTime"]) == (DUE, "2026-11-01T09:00:00Z")
        api.fakes.pass_time(DAY)
    for _ in range(2):
        export = await change(api, export_id, RESUME)
        assert (export["dueDateTime"], export["pausedDateTime"]) == ("2026-12-03T09:00:00Z", None)
        api.fakes.pass_time(DAY)
    assert [each[0] for each in await events(api, export_id)] == ["ClockPaused", "ClockResumed"]


async def test_what_the_clock_does_not_allow_is_a_conflict(api: ApiClient) -> None:
    export_id = await api.create()
    assert await refusal(api, export_id, EXTEND | {"dueDateTime": "2026-11-30T09:00:00Z"}) == (
        409,
        "DeadlineNotLater",
        None,
    )
    await change(api, export_id, PAUSE)
    assert await refusal(api, export_id, EXTEND) == (409, "ClockPaused", None)
    await change(api, export_id, RESUME)
    api.fakes.pass_time(30 * DAY)
    assert await refusal(api, export_id, PAUSE) == (409, "DeadlinePassed", None)
    await api.run_to_end(export_id, Status.CANCELED)
    for body in (EXTEND, PAUSE):
        assert await refusal(api, export_id, body) == (409, "ClockStopped", None)
    assert (await change(api, export_id, RESUME))["status"] == "Canceled"


async def test_the_clock_of_an_export_that_awaits_its_hand_over_can_be_changed(api: ApiClient) -> None:
    api.fakes = HookedServices(replace(LIMITS, expect_handover=True))
    export_id = await api.run_to_end(await api.create())
    export = await change(api, export_id, EXTEND)
    assert (export["status"], export["awaitsHandover"], export["dueDateTime"]) == (
        "Succeeded",
        True,
        "2027-02-01T09:00:00Z",
    )
    assert (await change(api, export_id, PAUSE))["pausedDateTime"] is not None


@pytest.mark.parametrize(
    ("body", "code", "target"),
    [
        ({}, "MissingField", "action"),
        ({"action": "stop"}, "InvalidValue", "action"),
        ({"action": "extend", "reason": "r"}, "MissingField", "dueDateTime"),
        ({"action": "extend", "dueDateTime": "2027-02-01T09:00:00Z"}, "MissingField", "reason"),
        ({"action": "pause", "reason": " "}, "InvalidValue", "reason"),
    ],
)
async def test_a_body_that_asks_for_nothing_clear_is_refused(
    api: ApiClient, body: dict[str, Any], code: str, target: str
) -> None:
    assert await refusal(api, await api.create(), body) == (400, code, target)


async def test_the_requester_needs_the_role_and_others_must_be_administrators(api: ApiClient) -> None:
    export_id = await api.create()
    path = f"/exports/{export_id}/deadline"
    assert (await api.become(OTHER_CALLER, "Exports.Submit").post(path, RESUME)).error[:2] == (404, "ExportNotFound")
    both = api.become(OTHER_CALLER, "Exports.Submit", "Exports.Read")
    assert (await both.post(path, RESUME)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Read").post(path, RESUME)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Submit").post(path, RESUME)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Admin").post(path, RESUME)).status == 200
    unknown = await api.post(f"/exports/{UNKNOWN_ID}/deadline", RESUME)
    assert unknown.error == (404, "ExportNotFound", "id")


async def test_exports_are_listed_by_their_clocks(api: ApiClient) -> None:
    api.fakes = HookedServices(replace(LIMITS, expect_handover=True))
    running, paused, awaiting = [await api.create(allowDuplicate=True, reference=f"r{n}") for n in range(3)]
    await change(api, paused, PAUSE)
    await api.run_to_end(awaiting)

    async def listed(query: str) -> list[str]:
        return [export["id"] for export in (await api.get(f"/exports?{query}")).body["value"]]

    assert await listed("paused=true") == [paused]
    assert await listed("paused=True&status=NotStarted") == [paused]
    assert await listed("paused=true&status=Succeeded") == []
    assert await listed("awaitsHandover=true") == [awaiting]
    assert await listed("awaitsHandover=true&paused=false&reference=r2") == [awaiting]
    assert set(await listed("paused=false")) == {running, awaiting}
    assert set(await listed("awaitsHandover=false")) == {running, paused}
    assert set(await listed("onHold=false")) == {running, paused, awaiting}
    assert await listed("onHold=true") == []
    assert set(await listed("dueBefore=2199-01-01T00:00:00Z")) == {running, awaiting}
    assert set(await listed("unanswered=true")) == {running, paused, awaiting}
    assert (await listed("unanswered=true"))[-1] == paused, "it has no deadline that could pass"
    assert set(await listed("unanswered=true&dueBefore=2199-01-01T00:00:00Z")) == {running, awaiting}
    assert await listed("unanswered=true&status=Succeeded") == [awaiting]
    assert await listed("unanswered=true&status=Failed") == []
    assert await listed("unanswered=true&reference=r1") == [paused]
    assert await listed("unanswered=false") == []
    assert await listed("paused=true&dueBefore=2199-01-01T00:00:00Z") == []
    assert (await api.get("/exports?paused=yes")).error == (400, "InvalidValue", "paused")


async def test_the_next_page_asks_for_the_same(api: ApiClient) -> None:
    made = []
    for n in range(3):
        export_id = await api.create(allowDuplicate=True, dueDateTime=f"2027-01-0{n + 1}T09:00:00Z")
        await change(api, export_id, PAUSE)
        made.append(export_id)
    query, found = "/exports?paused=true&onHold=false&awaitsHandover=false&top=2", []
    while query:
        page = (await api.get(query)).body
        found += [export["id"] for export in page["value"]]
        query = page.get("nextLink", "")
    assert found == made, "by the deadlines that they had"
