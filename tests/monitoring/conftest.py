"""What arrived of every scenario, and the rules of the deployment."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from local.checkout import ROOT
from local.monitor.telemetry_tables import tables
from tests.infra.tree import Tree
from tests.local.stand_in_process import stand_in
from tests.monitoring.alert_rules import alert_rules
from tests.monitoring.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.monitoring.alert_rules import AlertRule


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario that was played.

    Attributes:
        begin: from when alerts are looked at.
        end: until when.
        alerts: what the alerts must show, by their rules.
        workspace: what arrived.
    """

    begin: datetime
    end: datetime
    alerts: Mapping[str, list[dict[str, Any]]]
    workspace: Workspace


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """All scenarios by their names."""
    folder = tmp_path_factory.mktemp("monitoring")
    result, state = folder / "played.json", folder / "state"
    with stand_in("local.monitor", "--state", state, log=folder / "log") as monitor:
        arguments = (monitor.url, str(state / "envelopes.jsonl"), str(result))
        command = [sys.executable, "-m", "tests.monitoring", *arguments]
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
        )
    assert done.returncode == 0, done.stderr
    return {told["name"]: _played(told) for told in json.loads(result.read_text("utf-8"))}


@pytest.fixture(scope="session")
def rules() -> dict[str, AlertRule]:
    """The alert rules by their names."""
    return {rule.name: rule for rule in alert_rules(Tree(ROOT).snapshot("prod"))}


def _played(told: dict[str, Any]) -> Played:
    begin, end = (datetime.fromisoformat(told[name]) for name in ("begin", "end"))
    return Played(begin, end, told["alerts"], Workspace(tables(told["envelopes"])))
