"""No signature, key or token is left in rows, histories, logs, telemetry or responses.

`conftest.py` runs the same search after all end-to-end tests of a stack.
"""

import httpx
import pytest
from azure.storage.blob import ContainerClient

from local.stack.local_stack import Stack
from shared.exports.handover_zip_layout import SMALL_FILE_BYTES
from tests.e2e.caller import Caller
from tests.e2e.secret_search import (
    SIGNATURE,
    search_answers,
    search_histories,
    search_logs,
    search_rows,
    search_telemetry,
    written,
)
from tests.local.waiting import eventually


@pytest.fixture(scope="module")
def used(caller: Caller) -> Caller:
    """A caller who has had an export that succeeded, with a package, one that was refused and one that was lost."""
    subjects = [caller.quick(caller.new_user()) for _ in range(3)]
    caller.fault("submit", "refuse", subjects[1], status=400, code="StorageLocationInvalid", message="Not valid.")
    caller.fault("submit", "dropAfter", subjects[2])
    for export in [caller.post(subject) for subject in subjects]:
        caller.ended(export["id"])
        for path in ("result", "events", "files"):
            caller.call("GET", f"exports/{export['id']}/{path}")
    use_package(caller)
    return caller


def use_package(caller: Caller) -> None:
    """Has a package made of an export with a file that is copied inside storage, by a signed URL, and a link to it."""
    subject = caller.new_user()
    caller.fault("submit", "duration", subject, seconds=4.0)
    packaged = caller.post(subject)["id"]
    assert eventually(lambda: caller.get(packaged)["stage"] == "Exporting")
    with ContainerClient.from_container_url(
        caller.get(packaged)["storage"]["container"],
        credential=caller.stack.azurite.account_key,
        connection_verify=str(caller.stack.azurite.ca_bundle),
    ) as client:
        client.upload_blob("OneDrive/large.bin", bytes(SMALL_FILE_BYTES + 1))
    assert caller.ended(packaged)["status"] == "Succeeded"
    assert caller.packaged(packaged)["status"] == "Ready"
    # Not through `caller`, whose responses are searched: links contain signatures by design.
    links = httpx.post(
        f"{caller.stack.api}/exports/{packaged}/links",
        json={"package": "en", "expiresInMinutes": 60},
        headers=caller.headers,
        timeout=30,
    )
    assert links.status_code == 200
    for path in ("events", "package"):
        caller.call("GET", f"exports/{packaged}/{path}")


@pytest.mark.usefixtures("used")
def test_the_search_finds_a_signature_where_one_must_be(stack: Stack) -> None:
    """The local Graph has to keep the URL that it was given."""
    assert any(SIGNATURE in content for content in written(stack.state / "graph").values())


@pytest.mark.usefixtures("used")
def test_no_row_has_a_secret(stack: Stack) -> None:
    assert len(search_rows(stack)) > 10


@pytest.mark.usefixtures("used")
def test_no_orchestration_history_has_a_secret(stack: Stack) -> None:
    assert eventually(lambda: any(b"monitor_export" in content for content in search_histories(stack)))


@pytest.mark.usefixtures("used")
def test_no_log_has_a_secret(stack: Stack) -> None:
    assert any(b"advance_export" in content for content in search_logs(stack))


@pytest.mark.usefixtures("used")
def test_no_telemetry_has_a_secret(stack: Stack) -> None:
    (arrived, *_) = search_telemetry(stack)
    for kind in (b"RequestData", b"RemoteDependencyData", b"EventData", b"MetricData"):
        assert kind in arrived


def test_no_answer_has_a_secret(used: Caller, stack: Stack) -> None:
    assert len(used.answers) > 10
    search_answers(used.answers, stack)
