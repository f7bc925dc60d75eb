"""What the demonstration shows of telemetry."""

from typing import Any

import pytest

from local.demo.telemetry_evidence import TelemetryEvidence
from local.monitor.telemetry_tables import tables
from tests.local.monitor.envelopes import envelope, event


def of_export(name: str, export_id: str, trace: str = "a" * 32) -> dict[str, Any]:
    content = {"name": name, "properties": {"exportId": export_id}}
    return envelope("EventData", content, tags={"ai.operation.id": trace})


def step(trace: str) -> dict[str, Any]:
    return envelope("RemoteDependencyData", {"name": "step", "duration": "00:00:01"}, tags={"ai.operation.id": trace})


def test_it_names_the_events_and_counts_the_trace() -> None:
    arrived = [
        of_export("Export.Accepted", "mine"),
        of_export("Export.Accepted", "another", "b" * 32),
        event("Reconciler.Heartbeat"),
        of_export("Export.Succeeded", "mine"),
        *(step(each * 32) for each in "aab"),
    ]
    found = TelemetryEvidence.of(tables(arrived), "mine")
    assert found.is_complete
    assert found.text("Adele") == (
        f"Adele: the telemetry in trace {'a' * 32}, with 2 steps and calls\n  Accepted, Succeeded"
    )


@pytest.mark.parametrize("arrived", [[], [of_export("Export.Accepted", "mine")]])
def test_it_is_not_complete_before_the_end_has_arrived(arrived: list[dict[str, Any]]) -> None:
    assert not TelemetryEvidence.of(tables(arrived), "mine").is_complete
