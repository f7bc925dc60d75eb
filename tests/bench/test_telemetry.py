"""What `make bench` counts of telemetry, held: what an export and an idle round send to Azure Monitor."""

import re
from datetime import timedelta

from bench.telemetry import METRICS_MINUTES, count, size_of
from local.checkout import ROOT

OF_OURS = re.compile(r"export [a-z]+|(GET|POST|PUT|DELETE|HEAD) /[A-Za-z0-9./{}]+")


def test_the_telemetry_of_an_export() -> None:
    found = count(timedelta(minutes=10))

    assert set(found.export) == {"AppDependencies", "AppEvents", "AppMetrics"}, "a step that goes well logs nothing"
    dependencies = found.export["AppDependencies"].names
    assert {name for name in dependencies if not OF_OURS.fullmatch(name)} == set(), "nothing of the libraries"
    polls = dependencies["export poll"]
    assert polls == dependencies["GET /v1.0/dataPolicyOperations/{id}"] > 10
    assert dependencies["POST /v1.0/users/{id}/exportPersonalData"] == 1
    assert dependencies["POST /Exports"] == polls + 7 + 3, (
        "each poll writes the row; so do the other steps, of which the erasure has two, and the files"
    )
    items = sum(table.items for table in found.export.values())
    assert items <= 6 * polls + 87, (
        "a poll is its step, its call, its write and their counts; the files cost the most else"
    )
    assert size_of(found.export) <= 900 * items

    assert dict(found.idle_round["AppEvents"].names) == {"Reconciler.Heartbeat": 1}
    assert dict(found.idle_round["AppDependencies"].names) == {"POST /ExportIndex": 1}, "how far it has come is written"
    assert set(found.idle_round) == {"AppDependencies", "AppEvents", "AppMetrics"}
    assert found.counters.items == 8


def test_metrics_are_sent_as_often_as_it_is_counted() -> None:
    template = (ROOT / "infra" / "modules" / "app-settings.bicep").read_text(encoding="utf-8")
    assert f"OTEL_METRIC_EXPORT_INTERVAL: '{METRICS_MINUTES * 60_000}'" in template
