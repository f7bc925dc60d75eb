"""Loses the task hub while exports are open: the reconciler restarts every monitor."""

import httpx
import pytest

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller
from tests.local.waiting import eventually
from tests.loopback import NO_TLS


class Hub:
    """A client of the host's Durable management API."""

    def __init__(self, stack: Stack) -> None:
        self._root = f"{stack.api.removesuffix('/api')}/runtime/webhooks/durabletask/instances"
        self._key = {"code": stack.durable_key}

    def status(self, instance_id: str) -> str:
        answer = httpx.get(f"{self._root}/{instance_id}", params=self._key, timeout=10, verify=NO_TLS)
        return str(answer.json().get("runtimeStatus")) if answer.is_success else "gone"

    def lose(self) -> int:
        """Deletes all instances, the running ones too; returns how many there were."""
        query = self._key | {"createdTimeFrom": "2000-01-01T00:00:00Z"}
        answer = httpx.delete(self._root, params=query, timeout=30, verify=NO_TLS)
        return int(answer.raise_for_status().json()["instancesDeleted"])


@pytest.fixture
def hub(stack: Stack) -> Hub:
    return Hub(stack)


def test_open_exports_go_on(hub: Hub, caller: Caller) -> None:
    subjects = [caller.new_user() for _ in range(4)]
    for subject in subjects:
        caller.fault("submit", "duration", subject, seconds=5.0)
    exports = [caller.post(subject)["id"] for subject in subjects]
    assert hub.lose() >= len(exports)
    assert [caller.ended(export)["status"] for export in exports] == ["Succeeded"] * len(exports)
    assert [len(caller.operations(subject)) for subject in subjects] == [1] * len(subjects)


def test_a_retry_starts_the_monitor_of_a_canceled_export(hub: Hub, caller: Caller) -> None:
    subject = caller.new_user()
    caller.fault("submit", "never", subject)
    export = caller.post(subject)["id"]
    assert eventually(lambda: caller.get(export)["stage"] == "Exporting")
    caller.call("POST", f"exports/{export}/cancel")
    assert eventually(lambda: hub.status(export) in {"Terminated", "Completed"}), "no monitor waits for its next poll"
    caller.quick(subject)
    caller.call("POST", f"exports/{export}/retry")
    assert caller.ended(export)["status"] == "Succeeded"
