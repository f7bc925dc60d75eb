"""Commands on an existing export: cancel, retry, erase and links; and its audit trail."""

import gzip
import hashlib
import ssl
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient, ContentSettings

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.evidence_program import check
from tests.local.waiting import eventually


def running(caller: Caller) -> dict[str, Any]:
    """An export whose operation never ends."""
    subject = caller.new_user()
    caller.fault("submit", "never", subject)
    export_id = caller.post(subject)["id"]
    assert eventually(lambda: caller.get(export_id)["stage"] == "Exporting")
    return caller.get(export_id)


def trail(caller: Caller, export: dict[str, Any]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = caller.call("GET", f"exports/{export['id']}/events").json()["value"]
    return events


def container(stack: Stack, export: dict[str, Any]) -> ContainerClient:
    return ContainerClient.from_container_url(
        export["storage"]["container"],
        credential=stack.azurite.account_key,
        connection_verify=str(stack.azurite.ca_bundle),
    )


def test_a_canceled_export_has_ended_and_microsoft_can_not_write(caller: Caller, stack: Stack) -> None:
    export = running(caller)
    answer = caller.call("POST", f"exports/{export['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "Canceled")
    assert answer.json()["grant"]["revokedDateTime"]
    with container(stack, export) as client:
        assert client.get_container_access_policy()["signed_identifiers"] == []
    result = caller.call("GET", f"exports/{export['id']}/result")
    assert (result.status_code, result.json()["status"]) == (410, "Canceled")
    again = caller.call("POST", f"exports/{export['id']}/cancel")
    assert (again.status_code, again.json()) == (200, answer.json())


def test_data_on_hold_is_not_erased_until_it_is_lifted_and_the_trail_is_whole(
    caller: Caller, stack: Stack, tmp_path: Path
) -> None:
    reference = f"DSR-{uuid4()}"
    export = caller.ended(caller.post(caller.quick(caller.new_user()), reference=reference)["id"])
    path = f"exports/{export['id']}"
    held = caller.call("PUT", f"{path}/hold", json={"reason": "Fall „12 O 345/26“"})
    assert (held.status_code, held.json()["hold"]["reason"]) == (200, "Fall „12 O 345/26“")
    refused = caller.call("DELETE", f"{path}/data")
    assert (refused.status_code, refused.headers["x-ms-error-code"]) == (409, "OnHold")
    for method, status in (("PUT", "Held"), ("DELETE", "Lifted")):
        body = {"json": {"reason": "Other"}} if method == "PUT" else {}
        changed = caller.call(method, "holds", params={"reference": reference}, **body)
        assert changed.json() == {"value": [{"exportId": export["id"], "status": status, "error": None}]}
        assert caller.get(export["id"])["files"] == export["files"]
    with container(stack, export) as client:
        assert client.exists()
        names = {"events": f"{path}/events", "files": f"{path}/files", "export": path}
        for name, kept in names.items():
            (tmp_path / f"{name}.json").write_text(caller.call("GET", kept).text)
        assert check(tmp_path, export["id"]) == ([], [])
        assert caller.call("DELETE", f"{path}/data").status_code == 200
        assert eventually(lambda: not client.exists())
    (tmp_path / "events.json").write_text(caller.call("GET", f"{path}/events").text)
    assert check(tmp_path, export["id"]) == ([], []), "what came after the head was added to it"
    assert [event["type"] for event in trail(caller, export)][-5:] == [
        "HoldPlaced",
        "HoldPlaced",
        "HoldLifted",
        "EraseRequested",
        "Erased",
    ]


def test_a_canceled_export_can_be_retried(caller: Caller) -> None:
    export = running(caller)
    caller.call("POST", f"exports/{export['id']}/cancel")
    caller.quick(export["subject"]["id"])
    answer = caller.call("POST", f"exports/{export['id']}/retry")
    assert (answer.status_code, answer.json()["status"]) == (200, "Running")
    assert caller.call("POST", f"exports/{export['id']}/retry").status_code == 200
    ended = caller.ended(export["id"])
    assert (ended["status"], ended["error"]) == ("Succeeded", None)
    assert [attempt["status"] for attempt in ended["attempts"]] == ["Canceled", "Complete"]


def test_a_failed_export_can_be_retried(caller: Caller) -> None:
    subject = caller.quick(caller.new_user())
    caller.fault("submit", "fails", subject)
    export = caller.ended(caller.post(subject)["id"])
    assert export["status"] == "Failed"
    caller.call("POST", f"exports/{export['id']}/retry")
    assert caller.ended(export["id"])["status"] == "Succeeded"


def test_erased_data_is_gone_and_the_row_and_the_trail_stay(caller: Caller, stack: Stack) -> None:
    export = caller.ended(caller.post(caller.quick(caller.new_user()))["id"])
    for _ in range(2):
        answer = caller.call("DELETE", f"exports/{export['id']}/data")
        assert answer.status_code == 200
        assert answer.json()["erasedDateTime"]
    with container(stack, export) as client, pytest.raises(ResourceNotFoundError):
        client.get_container_properties()
    kept = caller.get(export["id"])
    assert (kept["status"], kept["files"]) == ("Succeeded", export["files"])
    assert [event["type"] for event in trail(caller, export)][-2:] == ["EraseRequested", "Erased"]


def test_the_trail_says_who_did_what(caller: Caller) -> None:
    export = running(caller)
    caller.call("POST", f"exports/{export['id']}/cancel", headers={"x-ms-client-request-id": "unused"})
    events = trail(caller, export)
    types = [event["type"] for event in events]
    assert types[:4] == ["Accepted", "AttemptStarted", "Submitting", "Submitted"]
    assert types[-3:] == ["CancelRequested", "GrantRevoked", "Canceled"]
    actors = {event["type"]: event["actor"] for event in events}
    assert actors["Accepted"] == actors["CancelRequested"] != "monitor"
    assert actors["Canceled"] == "monitor"


@pytest.mark.parametrize(
    ("method", "action", "code"), [("POST", "retry", "ExportNotRetriable"), ("DELETE", "data", "ExportNotEnded")]
)
def test_what_can_not_be_done_in_its_state_is_said(caller: Caller, method: str, action: str, code: str) -> None:
    export = running(caller) if action == "data" else caller.ended(caller.post(caller.quick(caller.new_user()))["id"])
    answer = caller.call(method, f"exports/{export['id']}/{action}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
    caller.call("POST", f"exports/{export['id']}/cancel")


@pytest.mark.parametrize(("method", "action"), [("POST", "cancel"), ("POST", "retry"), ("DELETE", "data")])
def test_only_who_asked_and_administrators_change_an_export(caller: Caller, method: str, action: str) -> None:
    asker = caller.with_roles("Exports.Submit")
    export = asker.post(str(uuid4()))
    asker.ended(export["id"])

    def status(who: Caller) -> int:
        return who.call(method, f"exports/{export['id']}/{action}").status_code

    assert status(caller.with_roles("Exports.Read")) == 403
    assert status(caller.with_roles("Exports.Submit")) == 404
    assert status(asker) == 200
    assert status(caller) == 200
    asker.ended(export["id"])


def test_a_link_reads_one_file_and_is_in_the_audit_trail(caller: Caller, stack: Stack) -> None:
    export = caller.ended(caller.post(caller.quick(caller.new_user()))["id"])
    listed = caller.call("GET", f"exports/{export['id']}/files").json()["value"]
    assert len(listed) == export["files"]["count"]
    names = [file["name"] for file in listed[:2]]
    # Not through `caller`, whose responses are searched for secrets: links contain signatures by design.
    answer = httpx.post(
        f"{stack.api}/exports/{export['id']}/links", json={"files": names}, headers=caller.headers, timeout=30
    )
    assert answer.status_code == 200
    trust = ssl.create_default_context(cafile=stack.azurite.ca_bundle)
    for link, file in zip(answer.json()["value"], listed, strict=False):
        query = parse_qs(urlsplit(link["url"]).query)
        assert (query["sp"], query["sr"], query["spr"]) == (["r"], ["b"], ["https"])
        content = httpx.get(link["url"], verify=trust).content
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        other = link["url"].replace(quote(file["name"]), "RequestInfo.json")
        assert httpx.get(other, verify=trust).status_code == 403
    told = [event["detail"]["number"] for event in trail(caller, export) if event["type"] == "LinkCreated"]
    assert told == [file["number"] for file in listed[:2]]
    unknown = caller.call("POST", f"exports/{export['id']}/links", json={"files": ["nothing"]})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "FileNotFound")
    reader = caller.with_roles("Exports.Read", "Exports.Submit")
    assert reader.call("POST", f"exports/{export['id']}/links", json={"files": names}).status_code == 403
    caller.call("DELETE", f"exports/{export['id']}/data")
    assert caller.call("GET", f"exports/{export['id']}/files").json() == {"value": []}
    assert caller.call("POST", f"exports/{export['id']}/links", json={"files": names}).status_code == 409


def has_attempts(caller: Caller, export_id: str, count: int) -> bool:
    return len(caller.get(export_id)["attempts"]) == count


@pytest.mark.timeout(300)
def test_an_export_can_be_canceled_and_retried_ninety_times_and_then_succeeds(caller: Caller) -> None:
    export_id = caller.post(caller.new_user())["id"]
    for cycle in range(1, 91):
        assert eventually(partial(has_attempts, caller, export_id, cycle))
        assert caller.call("POST", f"exports/{export_id}/cancel").json()["status"] == "Canceled"
        assert caller.call("POST", f"exports/{export_id}/retry").status_code == 200
    export = caller.ended(export_id)
    assert (export["status"], len(export["attempts"])) == ("Succeeded", 91)


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_file_that_says_it_is_packed_is_hashed_as_it_is_stored(
    caller: Caller, stack: Stack, *, is_packed: bool
) -> None:
    subject = caller.new_user()
    caller.fault("submit", "duration", subject, seconds=4.0)
    export_id = caller.post(subject)["id"]
    assert eventually(lambda: caller.get(export_id)["stage"] == "Exporting")
    content = b"a mailbox " * 10_000
    stored = gzip.compress(content) if is_packed else content
    with container(stack, caller.get(export_id)) as client:
        client.upload_blob("Exchange/packed.json", stored, content_settings=ContentSettings(content_encoding="gzip"))
    assert caller.ended(export_id)["status"] == "Succeeded"
    files = caller.call("GET", f"exports/{export_id}/files").json()["value"]
    packed = next(file for file in files if file["name"] == "Exchange/packed.json")
    assert (packed["size"], packed["sha256"]) == (len(stored), hashlib.sha256(stored).hexdigest())
