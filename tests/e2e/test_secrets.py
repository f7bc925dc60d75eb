"""No signature, key or token is left in rows, histories, logs, telemetry or responses.

`conftest.py` runs the same search after all end-to-end tests of a stack.
"""

import pytest

from local.stack.local_stack import Stack
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
    """A caller who has had an export that succeeded, one that was refused and one whose response was lost."""
    subjects = [caller.quick(caller.new_user()) for _ in range(3)]
    caller.fault("submit", "refuse", subjects[1], status=400, code="StorageLocationInvalid", message="Not valid.")
    caller.fault("submit", "dropAfter", subjects[2])
    for export in [caller.post(subject) for subject in subjects]:
        caller.ended(export["id"])
        for path in ("result", "events", "files"):
            caller.call("GET", f"exports/{export['id']}/{path}")
    return caller


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
