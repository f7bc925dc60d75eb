"""What released versions stored goes through every call, and on to its end: their rows lack what later ones have."""

import json
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from shared.exports.export import has_stored_policy
from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.graph_results import OperationStatus
from shared.exports.states_and_codes import Status
from shared.protocols import Upsert
from shared.records.table_names import TableName
from shared.workflow.reconciler import reconcile
from tests.documented_access import documented_calls
from tests.exports.samples import NOW
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_account import Blob, Container, Validity
from tests.fakes.in_memory_containers import name_of
from tests.fakes.in_memory_graph import Course, ExportOperation
from tests.http.api_client import ApiClient
from tests.records.record_released_rows import FOLDER, from_json
from tests.strict_zip import read_strictly
from tests.use_cases.export_runs import advance, read

VERSIONS = [path.stem.removeprefix("rows-") for path in sorted(FOLDER.glob("rows-*.json"))]
BODIES = {
    "POST /exports/{id}/deadline": {"action": "pause", "reason": "Asked who is meant"},
    "POST /exports/{id}/handover": {"method": "portal"},
    "PUT /exports/{id}/hold": {"reason": "A court asked for it"},
    "POST /exports/{id}/package": {"language": "de"},
}
OPEN, ENDED = ("accepted", "running"), ("succeeded", "failed", "canceled", "erased")
ANSWERS = {
    "POST /exports/{id}/deadline": dict.fromkeys(OPEN, "200") | dict.fromkeys(ENDED, "409 ClockStopped"),
    "POST /exports/{id}/handover": dict.fromkeys(OPEN, "409 ExportNotEnded") | dict.fromkeys(ENDED, "200"),
    "PUT /exports/{id}/hold": dict.fromkeys((*OPEN, *ENDED), "200") | {"erased": "409 DataErased"},
    "DELETE /exports/{id}/hold": dict.fromkeys((*OPEN, *ENDED), "200"),
    "POST /exports/{id}/package": dict.fromkeys((*OPEN, *ENDED), "409 ExportNotSucceeded")
    | {"succeeded": "202", "erased": "409 DataErased"},
    "GET /exports/{id}/package": dict.fromkeys((*OPEN, *ENDED), "404 PackageNotFound"),
}
"""What calls that 1.0.0 did not have answer about what it stored."""
ABOUT_ONE = [call for call in documented_calls() if "/exports/{id}" in call]


@cache
def recording(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"rows-{version}.json").read_text(encoding="utf-8"))
    return found


def ids(version: str) -> dict[str, str]:
    """The ids of the recorded exports by what has become of them."""
    found: dict[str, str] = recording(version)["exports"]
    return found


async def restored(version: str) -> ApiClient:
    """A caller of a deployment that has what a released version stored; Graph has done what it was asked for."""
    api, record = ApiClient(), recording(version)
    fakes = api.fakes
    fakes.clock.now = datetime.fromisoformat(record["now"])
    for table, rows in record["tables"].items():
        for row in rows:
            fakes.tables[TableName(table)].apply([Upsert(from_json(row))])
    for name, blobs in record["containers"].items():
        stored = {path: Blob(text.encode(), NOW) for path, text in blobs.items()}
        fakes.account.containers[name] = Container(NOW, stored)
    for export_id in record["exports"].values():
        await _restore_attempts(fakes, export_id)
    return api


async def _restore_attempts(fakes: HookedServices, export_id: str) -> None:
    for attempt in (await read(fakes, export_id)).attempts:
        name = name_of(attempt.container)
        if has_stored_policy(attempt.grant) and attempt.grant.revoked_at is None:
            fakes.account.set_policy(name, Validity(fakes.clock() - CLOCK_SKEW, attempt.grant.expires_at))
        if attempt.operation_id is not None:
            done = ExportOperation(attempt.operation_id, name, None, Course(), fakes.clock(), OperationStatus.COMPLETE)
            fakes.graph.operations[done.id] = done


async def body_of(api: ApiClient, call: str, export_id: str) -> Any:
    """What a call takes that takes a body."""
    if call == "POST /exports/{id}/links":
        export = await read(api.fakes, export_id)
        return {"files": [file.name async for file in api.fakes.services.records.files(export)][:1] or ["none"]}
    return BODIES.get(call)


async def ask(api: ApiClient, call: str, export_id: str) -> Any:
    method, path = call.split()
    wanted = path.replace("{id}", export_id).replace("{command}", "cancel")
    return await api.call(method, wanted, await body_of(api, call, export_id))


EXPORTS = [
    pytest.param(version, name, id=f"{version}: {name}")
    for version in VERSIONS
    for name in recording(version)["exports"]
]


def test_what_version_1_0_0_stored_is_recorded() -> None:
    assert VERSIONS[0] == "1.0.0"
    assert {"accepted", "running", "succeeded", "failed", "canceled", "erased"} <= set(ids("1.0.0"))


@pytest.mark.parametrize("call", ABOUT_ONE)
@pytest.mark.parametrize(("version", "name"), EXPORTS)
async def test_every_call_about_it_answers_and_can_be_repeated(version: str, name: str, call: str) -> None:
    """The dispatch turns what nobody foresaw into 500, and `ApiClient` holds each response to the document."""
    api = await restored(version)
    replies = [await ask(api, call, ids(version)[name]) for _ in range(2)]
    assert max(reply.status for reply in replies) < 500, replies
    assert not any(reply.status == 404 and reply.error[1] == "ExportNotFound" for reply in replies)


@pytest.mark.parametrize("call", ANSWERS)
@pytest.mark.parametrize(("version", "name"), EXPORTS)
async def test_a_call_that_its_version_did_not_have_answers_as_for_others(version: str, name: str, call: str) -> None:
    reply = await ask(await restored(version), call, ids(version)[name])
    code = "" if reply.status < 400 else f" {reply.error[1]}"
    assert f"{reply.status}{code}" == ANSWERS[call][name]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_package_is_made_of_a_manifest_without_checksums(version: str) -> None:
    api, export_id = await restored(version), ids(version)["succeeded"]
    manifest = [file async for file in api.fakes.services.records.files(await read(api.fakes, export_id))]
    assert {file.crc32 for file in manifest} == {None}
    assert (await api.post(f"/exports/{export_id}/package", {})).status == 202
    while (reply := await api.get(f"/exports/{export_id}/package")).status == 202:
        await advance(api.fakes, export_id)
    assert (reply.status, reply.body["status"]) == (200, "Ready")
    (link,) = (await api.post(f"/exports/{export_id}/links", {"package": "en"})).body["value"]
    signed = api.fakes.account.signed_url(link["url"])
    assert signed is not None
    assert signed.blob is not None
    zipped = BytesIO(api.fakes.account.containers[signed.container].blobs[signed.blob].content)
    assert len(read_strictly(zipped)) == 3 + len(manifest)
    with ZipFile(zipped) as package:
        packed = {name: package.read(name).decode() for name in package.namelist() if name.startswith("Product")}
    container = recording(version)["containers"][f"export-{export_id}-1"]
    assert packed == {name: text for name, text in container.items() if name.startswith("Product")}


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_are_listed(version: str) -> None:
    api = await restored(version)
    assert {each["id"] for each in (await api.get("/exports")).body["value"]} == set(ids(version).values())
    for name, export_id in ids(version).items():
        (found,) = (await api.get(f"/exports?reference=DSR%20{name}")).body["value"]
        assert found == (await api.get(f"/exports/{export_id}")).body


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_go_on_to_their_end_and_are_erased(version: str) -> None:
    api = await restored(version)
    fakes, found = api.fakes, ids(version)
    for name in ("accepted", "running"):
        while not (await read(fakes, found[name])).status.is_terminal:
            await advance(fakes, found[name])
    ended = {name: await read(fakes, export_id) for name, export_id in found.items()}
    expected = {"failed": Status.FAILED, "canceled": Status.CANCELED}
    assert {name: export.status for name, export in ended.items()} == {
        name: expected.get(name, Status.SUCCEEDED) for name in found
    }
    assert len(ended["running"].attempts) == 1, "its operation is read, not started anew"

    await days_pass(fakes, 40)
    erased = {name: await read(fakes, export_id) for name, export_id in found.items()}
    assert all(export.erased_at is not None for export in erased.values())
    assert not any(delivery.next_try_at for export in erased.values() for delivery in export.deliveries)
    assert fakes.account.containers == {}
    told = ["accepted", "running", "failed", "canceled"]
    assert sorted(fakes.callbacks.urls) == sorted(
        [*(f"https://{name}.example/" for name in told), *["https://all.example/"] * 4]
    )


async def days_pass(fakes: HookedServices, days: int) -> None:
    """A round of the reconciler every six hours, and the monitors that it starts."""
    for _ in range(days * 4):
        fakes.pass_time(timedelta(hours=6))
        started = len(fakes.monitors.started)
        await reconcile(fakes.services, fakes.monitors)
        for export_id in fakes.monitors.started[started:]:
            await advance(fakes, export_id)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_trail_goes_on_and_chains_what_comes(version: str) -> None:
    api = await restored(version)
    path = f"/exports/{ids(version)['running']}"
    before = (await api.get(f"{path}/events")).body["value"]
    canceled = (await api.post(f"{path}/cancel")).body
    trail = (await api.get(f"{path}/events")).body["value"]
    assert trail[: len(before)] == before
    assert [event["number"] for event in trail] == list(range(1, canceled["trail"]["eventCount"] + 1))
    hashes = [before[-1]["sha256"], *(event["sha256"] for event in trail[len(before) :])]
    assert [event["previousSha256"] for event in trail[len(before) :]] == hashes[:-1]
    assert None not in hashes[1:]
    assert canceled["trail"]["sha256"] == hashes[-1]
