"""Events and metrics as they reach Azure Monitor: the rows that alerts and the workbook query."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from azure.monitor.opentelemetry.exporter import AzureMonitorLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor

from local.monitor.arrived_telemetry import envelopes
from local.monitor.telemetry_tables import rows
from shared.exports.backlog_counts import Backlog, RoundCounts, UnansweredExport
from shared.exports.export import Event
from shared.exports.states_and_codes import EventType, Status
from shared.exports.transitions.deadline import Extend, Pause, change_clock
from shared.telemetry import telemetry_events
from shared.telemetry.telemetry_events import (
    count_refusal,
    send_export_events,
    send_reconciler_heartbeat,
    send_sweeper_heartbeat,
)
from shared.telemetry.telemetry_names import (
    RECONCILER_HEARTBEAT,
    SWEEPER_HEARTBEAT,
    ExportField,
    Metric,
    ReconcilerField,
    SweeperField,
    event_name,
)
from tests.exports.samples import DAY, NOW, running, succeeded
from tests.local.stand_in_process import stand_in
from tests.quiet_exporters import QUIET
from tests.telemetry.recorded_metrics import RecordedMetrics


class Sent:
    """What the product sends in a test, as it arrives."""

    def __init__(self, monitor: str) -> None:
        self._monitor = monitor
        self.key = str(uuid4())

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        return [envelope for envelope in envelopes(self._monitor) if envelope["iKey"] == self.key]

    @property
    def rows(self) -> list[tuple[str, dict[str, str]]]:
        """The name and properties of each row of AppEvents, which is all that may arrive."""
        events = rows(self.envelopes, "AppEvents")
        assert len(events) == len(self.envelopes)
        return [(row["Name"], row["Properties"]) for row in events]


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a recorder in place of Azure Monitor."""
    folder = tmp_path_factory.mktemp("monitor")
    with stand_in("local.monitor", "--state", folder, log=folder / "log") as process:
        yield process.url


@pytest.fixture
def sent(monitor: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """What arrives of the events that the product sends."""
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    found = Sent(monitor)
    exporter = AzureMonitorLogExporter.from_connection_string(
        f"InstrumentationKey={found.key};IngestionEndpoint={monitor}/", disable_offline_storage=True
    )
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    handler, logger = LoggingHandler(logger_provider=provider), logging.getLogger(telemetry_events.__name__)
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)
    provider.shutdown()


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedMetrics]:
    """What is recorded with the instruments of the product."""
    recorded = RecordedMetrics()
    meter = recorded.meter
    instruments = {
        "_ended": meter.create_counter(Metric.EXPORTS_ENDED),
        "_time_to_end": meter.create_histogram(Metric.TIME_TO_END),
        "_open": meter.create_gauge(Metric.EXPORTS_OPEN),
        "_oldest": meter.create_gauge(Metric.OLDEST_AGE),
        "_awaiting": meter.create_gauge(Metric.AWAITING_HANDOVER),
        "_paused": meter.create_gauge(Metric.EXPORTS_PAUSED),
        "_overdue": meter.create_gauge(Metric.EXPORTS_OVERDUE),
        "_refusals": meter.create_counter(Metric.API_REFUSALS),
    }
    for name, instrument in instruments.items():
        monkeypatch.setattr(telemetry_events, name, instrument)
    yield recorded
    recorded.close()


def test_every_event_of_an_audit_trail_is_a_row_with_all_fields_and_no_person(sent: Sent) -> None:
    export = replace(running(), begun_at=NOW - DAY, due_at=NOW + 2 * DAY)
    detail: dict[str, str | int] = {
        "code": "NoData",
        "message": "ana@contoso.example has none.",
        "url": "https://x/?sig=1",
    }
    send_export_events(
        replace(
            export, unsaved=tuple(Event(type_, NOW, "ana@contoso.example", detail, number=1) for type_ in EventType)
        )
    )
    found = sent.rows
    assert [name for name, _ in found] == [event_name(type_) for type_ in EventType]
    for _, properties in found:
        assert {name: properties[name] for name in ExportField} == {
            "exportId": export.id,
            "subjectType": "user",
            "status": "Running",
            "stage": "Exporting",
            "attempt": "1",
            "code": "NoData",
            "clock": "running",
            "ageHours": "24.0",
            "dueInHours": "48.0",
        }
    text = json.dumps(sent.envelopes)
    assert str(export.subject.id) not in text
    assert "contoso" not in text
    assert "sig=" not in text


def test_no_event_tells_why_a_deadline_moved_or_a_clock_was_paused(sent: Sent) -> None:
    extended = change_clock(running(), Extend(NOW + 40 * DAY, "Ana asked"), "c", NOW + DAY, 5 * DAY)
    paused = change_clock(replace(extended, unsaved=()), Pause("Ana is away"), "c", NOW + DAY, 5 * DAY)
    for export in (replace(extended, unsaved=extended.unsaved[-1:]), paused):
        send_export_events(export)
    (_, of_extension), (_, of_pause) = sent.rows
    assert (of_extension[ExportField.DUE_IN_HOURS], of_extension[ExportField.CLOCK]) == ("936.0", "running")
    assert of_pause[ExportField.CLOCK] == "paused"
    assert [name for name, _ in sent.rows] == ["Export.DeadlineExtended", "Export.ClockPaused"]
    assert "Ana" not in json.dumps(sent.envelopes)


@pytest.mark.parametrize(("awaits", "clock"), [(True, "running"), (False, "stopped")])
def test_the_clock_of_an_ended_export_runs_while_its_hand_over_is_awaited(
    sent: Sent, *, awaits: bool, clock: str
) -> None:
    send_export_events(replace(succeeded(), awaits_handover=awaits, unsaved=succeeded().unsaved[-1:]))
    assert [properties[ExportField.CLOCK] for _, properties in sent.rows] == [clock]


def test_an_event_is_sent_only_with_the_state_that_stores_it(sent: Sent) -> None:
    send_export_events(replace(running(), unsaved=()))
    assert sent.envelopes == []


def unanswered(status: Status, *, age: timedelta | None, due_in: timedelta | None) -> UnansweredExport:
    begun_at = None if age is None else NOW - age
    return UnansweredExport(status=status, begun_at=begun_at, due_at=None if due_in is None else NOW + due_in)


def test_a_round_sends_what_is_open_and_what_it_found_and_did(sent: Sent) -> None:
    backlog = Backlog(NOW, 5 * DAY)
    backlog.count(unanswered(Status.RUNNING, age=3 * DAY, due_in=-DAY))
    backlog.count(unanswered(Status.RUNNING, age=None, due_in=5 * DAY))
    backlog.count(unanswered(Status.NOT_STARTED, age=DAY, due_in=6 * DAY))
    backlog.count(unanswered(Status.SUCCEEDED, age=9 * DAY, due_in=-DAY))
    for _ in range(3):
        backlog.count(unanswered(Status.SUCCEEDED, age=9 * DAY, due_in=None))
    counts = RoundCounts(dispatched=8, started=2, repaired=1, late=3, unreadable=4, failed=5, failed_parts=6)
    send_reconciler_heartbeat(counts, backlog, 7, 1000)
    ((name, properties),) = sent.rows
    assert name == RECONCILER_HEARTBEAT
    assert {field: properties[field] for field in ReconcilerField} == {
        "notStarted": "1",
        "running": "2",
        "queued": "7",
        "oldestAgeHours": "72.0",
        "awaitingHandover": "4",
        "paused": "3",
        "dueSoon": "1",
        "overdue": "2",
        "late": "3",
        "unreadable": "4",
        "failed": "5",
        "failedParts": "6",
        "dispatched": "8",
        "monitorsStarted": "2",
        "monitorsRepaired": "1",
        "submissionsPerDay": "1000",
    }


def test_a_round_that_finds_nothing_sends_a_heartbeat_too(sent: Sent) -> None:
    send_reconciler_heartbeat(RoundCounts(), Backlog(NOW, DAY), 0, 1)
    ((_, properties),) = sent.rows
    assert properties[ReconcilerField.OLDEST_AGE_HOURS] == "0.0"


def test_what_a_round_could_not_count_is_absent_and_not_nothing(sent: Sent, metrics: RecordedMetrics) -> None:
    send_reconciler_heartbeat(RoundCounts(failed_parts=2), None, None, 1)
    ((_, properties),) = sent.rows
    assert properties[ReconcilerField.FAILED_PARTS] == "2"
    assert not {ReconcilerField.RUNNING, ReconcilerField.OVERDUE, ReconcilerField.QUEUED} & properties.keys()
    assert metrics.points == {}


def test_a_sweep_sends_what_it_found_and_did(sent: Sent) -> None:
    send_sweeper_heartbeat(removed=3, seen=10, failed=1, orphans_kept=2)
    ((name, properties),) = sent.rows
    assert name == SWEEPER_HEARTBEAT
    assert {field: properties[field] for field in SweeperField} == {
        "removed": "3",
        "seen": "10",
        "failed": "1",
        "orphansKept": "2",
    }


def test_an_end_is_counted_with_the_time_that_it_took(metrics: RecordedMetrics) -> None:
    refused = Event(EventType.FAILED, NOW + DAY, "monitor", {"code": "Forbidden", "message": "No."}, number=1)
    failed = replace(running(), status=Status.FAILED, begun_at=NOW, unsaved=(refused,))
    for export in (succeeded(), succeeded(), failed):
        send_export_events(export)
    assert metrics.points == {
        ("exports.ended", "code=", "status=Succeeded"): 2,
        ("exports.ended", "code=Forbidden", "status=Failed"): 1,
        ("exports.time_to_end", "status=Succeeded"): 48,
        ("exports.time_to_end", "status=Failed"): 24,
    }


def test_a_round_sets_the_gauges_of_open_exports(metrics: RecordedMetrics) -> None:
    backlog = Backlog(NOW, 5 * DAY)
    backlog.count(unanswered(Status.RUNNING, age=3 * DAY, due_in=-DAY))
    backlog.count(unanswered(Status.SUCCEEDED, age=9 * DAY, due_in=-DAY))
    backlog.count(unanswered(Status.SUCCEEDED, age=9 * DAY, due_in=None))
    send_reconciler_heartbeat(RoundCounts(), backlog, 0, 1000)
    assert metrics.points == {
        ("exports.open", "status=NotStarted"): 0,
        ("exports.open", "status=Running"): 1,
        ("exports.oldest_age",): 72,
        ("exports.awaiting_handover",): 2,
        ("exports.paused",): 1,
        ("exports.overdue",): 2,
    }


def test_error_responses_of_the_api_are_counted(metrics: RecordedMetrics) -> None:
    count_refusal(409, "ExportInProgress")
    assert metrics.points == {("api.refusals", "answer=409", "code=ExportInProgress"): 1}
