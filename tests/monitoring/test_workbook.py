"""The workbook's queries, on what arrives: each shows what its title says."""

import json
from typing import Any

import pytest

from local.checkout import ROOT
from tests.exports.samples import HOUR
from tests.monitoring.conftest import Played

pytestmark = pytest.mark.timeout(600)  # the first one plays all scenarios
WORKBOOK = json.loads((ROOT / "infra/monitoring/exports.workbook.json").read_text("utf-8"))
QUERIES = {item["name"]: item["content"]["query"] for item in WORKBOOK["items"] if item["type"] == 3}
SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "heartbeat": (
        "hand_overs_that_are_late",
        {"Running": 0, "AwaitingHandover": 3, "Paused": 1, "DueSoon": 1, "Overdue": 1, "Late": 0},
    ),
    "open-by-stage": ("exports_that_are_late", {"Stage": "Exporting", "Exports": 1, "OldestHours": 3.0}),
    "due-soon": ("hand_overs_that_are_late", {"Stage": "Ended", "DueInHours": -1.0, "Attempt": 1}),
    "open": ("monitors_that_are_lost", {"Status": "Running", "Exports": 4.0}),
    "outcomes": ("exports_that_fail", {"Status": "Failed", "Exports": 2}),
    "errors": ("exports_that_fail", {"Code": "OperationFailed", "Exports": 2}),
    "time-to-end": ("exports_that_fail", {"Status": "Failed", "Exports": 2}),
    "warnings": ("a_permission_is_missing", {"Code": "PermissionPending", "Exports": 1}),
    "graph-answers": ("graph_throttles_the_app", {"Answer": "429", "Calls": 51.0}),
    "quota": ("monitors_that_are_lost", {"Submissions": 4, "Limit": 1000, "Percent": 0.4}),
    "rounds": ("monitors_that_are_lost", {"Repaired": 4}),
    "sweeps": ("no_sweep", {"Removed": 0}),
    "refusals": ("callers_without_a_role", {"Answer": "403", "Code": "Forbidden", "Calls": 10.0}),
    "storage-answers": ("the_export_account_refuses", {"Call": "PUT /{container}", "Answer": "403", "Calls": 1.0}),
    "trail": ("exports_that_fail", {"Event": "Export.Failed", "Status": "Failed", "Code": "OperationFailed"}),
    "trace": ("exports_that_fail", {"Name": "export poll", "Type": "InProc", "Success": True}),
}
"""A row that each query must show of a scenario: some of its values."""


def asked(name: str, played: Played, export_id: str = "") -> list[dict[str, Any]]:
    """The rows of a query about everything that arrived."""
    query = QUERIES[name].replace("{ExportId}", export_id)
    return played.workspace.query(query, played.begin - 24 * 90 * HOUR, played.end)


@pytest.mark.parametrize("name", SHOWN)
def test_a_query_shows_what_happened(name: str, played: dict[str, Played]) -> None:
    scenario, values = SHOWN[name]
    it = played[scenario]
    export_id = next((row["ExportId"] for rows in it.alerts.values() for row in rows if "ExportId" in row), "")
    rows = asked(name, it, export_id)
    assert [row for row in rows if values.items() <= row.items()], rows


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_runs_on_a_healthy_deployment(name: str, played: dict[str, Played]) -> None:
    rows = asked(name, played["days_of_healthy_exports"])
    nothing_to_show = {
        "open-by-stage",
        "due-soon",
        "errors",
        "warnings",
        "graph-answers",
        "storage-answers",
        "refusals",
    }
    assert bool(rows) is (name not in nothing_to_show | {"trail", "trace"}), rows


def test_every_query_is_looked_at() -> None:
    assert set(SHOWN) == set(QUERIES)
