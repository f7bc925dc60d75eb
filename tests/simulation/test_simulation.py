"""Whatever goes wrong, no export is lost or run twice, and no secret leaks."""

import os
import subprocess
import sys

import pytest

from tests.simulation.report import run

SEEDS = 300
INJECTED = {
    "Graph breaks at taking on",
    "Graph down",
    "Graph forbids (403)",
    "Graph names no operation",
    "Graph throttled",
    "Graph unreachable",
    "Graph's answer lost, carried out",
    "Graph's answer lost, carried out later",
    "Graph's answer lost, not carried out",
    "Graph's daily quota is used up",
    "activity runs twice",
    "caller: cancel",
    "caller: erase",
    "caller: link",
    "caller: list",
    "caller: look",
    "caller: retry",
    "clock steps",
    "host restarts",
    "index lost",
    "operation: empty",
    "operation: failed",
    "operation: never",
    "operation: unknown",
    "process dies",
    "slow call",
    "stale read",
    "storage answer lost",
    "storage down",
    "storage refuses",
    "task hub lost",
}


def test_nothing_that_goes_wrong_loses_an_export_or_does_it_twice_or_leaks() -> None:
    report = run(range(SEEDS))
    assert [str(violation) for result in report.failed for violation in result.violations] == []
    assert report.seeds == SEEDS
    assert set(report.injected) == INJECTED
    assert all(count > SEEDS // 3 for count in report.checked.values()), report.checked


@pytest.mark.parametrize("seed", [3, 5])
def test_a_seed_replays_exactly_in_another_process(seed: int) -> None:
    stories = [_story(seed, hashes) for hashes in ("1", "2")]
    assert stories[0] == stories[1]
    assert len(stories[0].splitlines()) > 50


def _story(seed: int, hashes: str) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "-v"]
    environment = os.environ | {"PYTHONHASHSEED": hashes}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout  # noqa: S603
