"""Exports from the request to the recorded outcome, with faults on the way."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableClient
from azure.storage.blob import ContainerClient

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.local.waiting import eventually


@dataclass
class Case:
    """An export and its subject."""

    subject: str
    ended: dict[str, Any]


def plain(caller: Caller) -> str:
    return caller.quick(caller.new_user())


def with_fault(call: str, name: str, **more: Any) -> Callable[[Caller], str]:
    def prepare(caller: Caller) -> str:
        subject = plain(caller)
        caller.fault(call, name, subject, **more)
        return subject

    return prepare


SUBJECTS: dict[str, Callable[[Caller], str]] = {
    "plain": plain,
    "odd case": with_fault("submit", "oddCase"),
    "in the body": with_fault("submit", "headersInBody"),
    "no location": with_fault("submit", "noLocation"),
    "answer lost": with_fault("submit", "dropAfter"),
    "request lost": with_fault("submit", "dropBefore"),
    "unavailable": with_fault("submit", "unavailable"),
    "bad gateway": with_fault("submit", "html"),
    "throttled": with_fault("submit", "throttle"),
    "poll throttled": with_fault("operation", "throttle"),
    "poll unavailable": with_fault("operation", "unavailable", times=2),
    "poll unknown": with_fault("operation", "unknown"),
    "odd status": with_fault("operation", "status", status="paused"),
    "progress as text": with_fault("operation", "progressText"),
    "empty": with_fault("submit", "empty"),
    "failed": with_fault("submit", "fails"),
    "forbidden": with_fault("submit", "refuse", status=403, code="Forbidden", message="Access is denied.", times=99),
    "forbidden at first": with_fault("submit", "refuse", status=403, code="Forbidden", message="Access is denied."),
    "storage": with_fault("submit", "refuse", status=400, code="StorageLocationInvalid", message="Not valid."),
    "redirected": with_fault("submit", "redirect", to="http://127.0.0.1:9/elsewhere"),
    "nobody": lambda _: "00000000-0000-4000-8000-00000000dead",
}
SUCCEED = [name for name in SUBJECTS if name not in {"failed", "forbidden", "storage", "redirected", "nobody"}]


@pytest.fixture(scope="module")
def cases(caller: Caller) -> dict[str, Case]:
    """Creates all of them at once."""
    subjects = {name: prepare(caller) for name, prepare in SUBJECTS.items()}
    exports = {name: caller.post(subject) for name, subject in subjects.items()}
    with ThreadPoolExecutor(8) as pool:
        ended = dict(zip(exports, pool.map(lambda e: caller.ended(e["id"]), exports.values()), strict=True))
    return {name: Case(subject, ended[name]) for name, subject in subjects.items()}


def files(stack: Stack, export: dict[str, Any]) -> list[str]:
    with ContainerClient.from_container_url(
        export["storage"]["container"],
        credential=stack.azurite.account_key,
        connection_verify=str(stack.azurite.ca_bundle),
    ) as container:
        return sorted(container.list_blob_names())


@pytest.mark.parametrize("name", SUCCEED)
def test_it_succeeds_with_one_operation_and_its_files(
    cases: dict[str, Case], caller: Caller, stack: Stack, name: str
) -> None:
    case = cases[name]
    assert (case.ended["status"], case.ended["error"]) == ("Succeeded", None)
    operations = caller.operations(case.subject)
    assert [operation["id"] for operation in operations] == [case.ended["attempts"][-1]["operationId"]]
    arrived = files(stack, case.ended)
    assert "RequestInfo.json" in arrived
    assert case.ended["files"]["count"] == len(arrived) - 1
    assert (len(arrived) > 1) == (name != "empty")


def test_the_manifest_has_every_file_and_its_hash(cases: dict[str, Case], stack: Stack) -> None:
    ended = cases["plain"].ended
    lines = hashlib.sha256()
    with ContainerClient.from_container_url(
        ended["storage"]["container"],
        credential=stack.azurite.account_key,
        connection_verify=str(stack.azurite.ca_bundle),
    ) as container:
        for name in files(stack, ended):
            if name != "RequestInfo.json":
                content = container.download_blob(name).readall()
                lines.update(f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())
    assert ended["files"]["manifestSha256"] == lines.hexdigest()


def test_a_permission_that_did_not_count_yet_is_waited_for(cases: dict[str, Case]) -> None:
    ended = cases["forbidden at first"].ended
    assert [w["code"] for w in ended["warnings"]] == ["PermissionPending"]
    assert len(ended["attempts"]) == 1


def test_an_empty_complete_is_warned_about(cases: dict[str, Case]) -> None:
    assert [w["code"] for w in cases["empty"].ended["warnings"]] == ["NoData"]
    assert cases["plain"].ended["warnings"] == []


@pytest.mark.parametrize("name", ["no location", "answer lost"])
def test_a_lost_answer_is_adopted_from_the_container(cases: dict[str, Case], name: str) -> None:
    assert [a["status"] for a in cases[name].ended["attempts"]] == ["Complete"]


@pytest.mark.parametrize("name", ["request lost", "unavailable", "bad gateway"])
def test_a_lost_request_is_made_again_in_a_fresh_container(cases: dict[str, Case], name: str) -> None:
    ended = cases[name].ended
    assert [a["status"] for a in ended["attempts"]] == ["Lost", "Complete"]
    assert ended["storage"]["container"].endswith("-2")


@pytest.mark.parametrize(
    ("name", "code", "advice"),
    [
        ("nobody", "ResourceNotFound", "Check the id"),
        ("forbidden", "Forbidden", "User.Export.All"),
        ("storage", "StorageLocationInvalid", "EXPORT_BLOB_ENDPOINT"),
        ("failed", "OperationFailed", "Retry the export"),
        ("redirected", "TemporaryRedirect", "refused"),
    ],
)
def test_a_refusal_fails_with_graphs_code_and_what_to_do(
    cases: dict[str, Case], name: str, code: str, advice: str
) -> None:
    ended = cases[name].ended
    assert (ended["status"], ended["error"]["code"]) == ("Failed", code)
    assert advice in ended["error"]["message"]
    assert ended["attempts"][-1]["error"] == ended["error"]


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_write_access_is_left(cases: dict[str, Case], stack: Stack, caller: Caller, name: str) -> None:
    ended = cases[name].ended
    assert ended["grant"]["kind"] == "storedPolicy"
    # A refusal is stored first; the write access is revoked after that.
    assert eventually(lambda: caller.get(ended["id"])["grant"]["revokedDateTime"] is not None)
    with ContainerClient.from_container_url(
        ended["storage"]["container"],
        credential=stack.azurite.account_key,
        connection_verify=str(stack.azurite.ca_bundle),
    ) as container:
        assert container.get_container_access_policy() == {"public_access": None, "signed_identifiers": []}


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_outcome_and_its_trail_are_in_the_table(cases: dict[str, Case], stack: Stack, name: str) -> None:
    ended = cases[name].ended
    credential = AzureNamedKeyCredential(stack.azurite.records_account, stack.azurite.records_key)
    with TableClient(
        stack.azurite.table_endpoint,
        "Exports",
        credential=credential,
        connection_verify=str(stack.azurite.ca_bundle),
    ) as table:
        rows = {row["RowKey"]: row for row in table.query_entities(f"PartitionKey eq '{ended['id']}'")}
    row = rows.pop("export")
    for number in range(1, (ended["files"] or {"count": 0})["count"] + 1):
        assert rows.pop(f"file-{row['attemptCount']:03d}-{number:08d}")["sha256"]
    assert (row["status"], row.get("errorCode")) == (ended["status"], (ended["error"] or {}).get("code"))
    assert sorted(rows) == [f"event-{number:06d}" for number in range(1, row["eventCount"] + 1)]
    trail = [rows[key]["eventType"] for key in sorted(rows)]
    assert trail[0] == "Accepted"
    assert trail.count(ended["status"]) == 1


def test_an_inbound_profile(caller: Caller) -> None:
    profile = caller.quick(caller.new_profile())
    ended = caller.ended(caller.post(profile, "inboundSharedUserProfile")["id"])
    assert (ended["status"], ended["subject"]) == ("Succeeded", {"type": "inboundSharedUserProfile", "id": profile})
    assert ended["files"]["count"] > 0


def test_a_user_by_name_is_resolved_and_the_name_is_not_kept(caller: Caller, stack: Stack) -> None:
    user = caller.quick(caller.new_user("given.by.name"))
    posted = caller.post("given.by.name@contoso.example")
    ended = caller.ended(posted["id"])
    assert (ended["status"], ended["subject"]) == ("Succeeded", {"type": "user", "id": user})
    assert "given.by.name" not in f"{posted}{ended}"
    credential = AzureNamedKeyCredential(stack.azurite.records_account, stack.azurite.records_key)
    with TableClient(
        stack.azurite.table_endpoint, "Exports", credential=credential, connection_verify=str(stack.azurite.ca_bundle)
    ) as table:
        assert "given.by.name" not in str(list(table.query_entities(f"PartitionKey eq '{ended['id']}'")))


def test_an_unknown_name_fails_without_keeping_it(caller: Caller) -> None:
    ended = caller.ended(caller.post("unknown.person@contoso.example")["id"])
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "Request_ResourceNotFound")
    assert "unknown.person" not in str(ended)
