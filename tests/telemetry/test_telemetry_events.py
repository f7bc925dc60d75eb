"""Events as Azure Monitor's own exporter sends them: the rows that alerts and the workbook ask for."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
from azure.monitor.opentelemetry.exporter import AzureMonitorLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor

from shared.exports.backlog_counts import Backlog, OpenExport
from shared.exports.export import Event
from shared.exports.states_and_codes import EventType, Status
from shared.telemetry.telemetry_events import send_export_events, send_reconciler_heartbeat, send_sweeper_heartbeat
from shared.telemetry.telemetry_names import (
    RECONCILER_HEARTBEAT,
    SWEEPER_HEARTBEAT,
    ExportField,
    ReconcilerField,
    SweeperField,
    event_name,
)
from tests.exports.samples import DAY, NOW, running

Sent = list[dict[str, Any]]


class Ingestion(BaseHTTPRequestHandler):
    """Takes telemetry in, as Azure Monitor does."""

    sent: Sent = []  # noqa: RUF012 - the server makes its handlers itself; one test at a time looks

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        items = json.loads(gzip.decompress(body) if is_packed else body)
        self.sent.extend(items)
        answer = json.dumps({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """What arrives of the events that the product tells."""
    for feature in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED", "CONTROLPLANE_DISABLED"):
        monkeypatch.setenv(f"APPLICATIONINSIGHTS_{feature}", "true")
    Ingestion.sent = []
    with HTTPServer(("127.0.0.1", 0), Ingestion) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        exporter = AzureMonitorLogExporter.from_connection_string(
            f"InstrumentationKey={uuid4()};IngestionEndpoint=http://127.0.0.1:{server.server_port}/",
            disable_offline_storage=True,
        )
        provider = LoggerProvider(shutdown_on_exit=False)
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
        handler, logger = (
            LoggingHandler(logger_provider=provider),
            logging.getLogger("shared.telemetry.telemetry_events"),
        )
        logger.addHandler(handler)
        yield Ingestion.sent
        logger.removeHandler(handler)
        provider.shutdown()
        server.shutdown()


def rows(sent: Sent) -> list[tuple[str, dict[str, str]]]:
    """Name and properties of what became rows of AppEvents."""
    data = [item["data"] for item in sent]
    assert {each["baseType"] for each in data} == {"EventData"}
    return [(each["baseData"]["name"], each["baseData"]["properties"]) for each in data]


def test_every_event_of_a_trail_is_a_row_with_all_fields_and_no_person(sent: Sent) -> None:
    export = replace(running(), begun_at=NOW - DAY, due_at=NOW + 2 * DAY)
    detail: dict[str, str | int] = {
        "code": "NoData",
        "message": "ana@contoso.example has none.",
        "url": "https://x/?sig=1",
    }
    send_export_events(
        replace(export, unsaved=tuple(Event(type_, NOW, "ana@contoso.example", detail) for type_ in EventType))
    )
    found = rows(sent)
    assert [name for name, _ in found] == [event_name(type_) for type_ in EventType]
    for _, properties in found:
        assert {name: properties[name] for name in ExportField} == {
            "exportId": export.id,
            "subjectType": "user",
            "status": "Running",
            "stage": "Exporting",
            "attempt": "1",
            "code": "NoData",
            "ageHours": "24.0",
            "dueInHours": "48.0",
        }
    assert str(export.subject.id) not in json.dumps(sent)
    assert "contoso" not in json.dumps(sent)
    assert "sig=" not in json.dumps(sent)


def test_what_is_stored_already_is_not_told_again(sent: Sent) -> None:
    send_export_events(replace(running(), unsaved=()))
    assert sent == []


def standing(status: Status, *, age: timedelta | None, due_in: timedelta) -> OpenExport:
    return OpenExport(status=status, begun_at=None if age is None else NOW - age, due_at=NOW + due_in)


def test_a_round_counts_what_is_open_old_and_late(sent: Sent) -> None:
    census = Backlog(NOW, 5 * DAY)
    census.count(standing(Status.RUNNING, age=3 * DAY, due_in=-DAY))
    census.count(standing(Status.RUNNING, age=None, due_in=5 * DAY))
    census.count(standing(Status.NOT_STARTED, age=DAY, due_in=6 * DAY))
    for waits in (-DAY, -timedelta(minutes=16), -timedelta(minutes=15)):
        census.count_due(replace(running(), next_step_at=NOW + waits))
    send_reconciler_heartbeat(census, started=2, repaired=1, submissions_per_day=1000)
    ((name, properties),) = rows(sent)
    assert name == RECONCILER_HEARTBEAT
    assert {field: properties[field] for field in ReconcilerField} == {
        "notStarted": "1",
        "running": "2",
        "oldestAgeHours": "72.0",
        "dueSoon": "1",
        "overdue": "1",
        "late": "2",
        "monitorsStarted": "2",
        "monitorsRepaired": "1",
        "submissionsPerDay": "1000",
    }


def test_an_empty_round_is_told_too(sent: Sent) -> None:
    send_reconciler_heartbeat(Backlog(NOW, DAY), started=0, repaired=0, submissions_per_day=1)
    ((_, properties),) = rows(sent)
    assert properties[ReconcilerField.OLDEST_AGE_HOURS] == "0.0"


def test_a_sweep_says_what_it_removed(sent: Sent) -> None:
    send_sweeper_heartbeat(3)
    ((name, properties),) = rows(sent)
    assert (name, properties[SweeperField.REMOVED]) == (SWEEPER_HEARTBEAT, "3")
