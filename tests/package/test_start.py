"""The number of modules that a cold start imports: hardly any of the Graph SDK's, and few others."""

import os
from collections.abc import Iterator

import pytest

from bench.start import ALTERNATIVE, Probes
from local.stack.local_stack import Stack
from tests.conftest import Package


@pytest.fixture(scope="module")
def probes(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probes]:
    folder = tmp_path_factory.mktemp("start")
    with Stack(folder / "stack", {"PATH": os.environ["PATH"]}, app=ALTERNATIVE) as stack:
        yield Probes(stack, folder, package.folder)


def test_the_first_submit_and_poll_import_a_handful_of_the_sdk(probes: Probes) -> None:
    ours, floor = probes.ours(), probes.floor()

    assert ours["indexed"]["sdk"] == 0
    assert 0 < ours["polled"]["sdk"] <= 15
    assert ours["indexed"]["modules"] <= floor["indexed"]["modules"] + 70
    assert ours["polled"]["modules"] <= floor["polled"]["modules"] * 1.35


def test_the_client_of_the_sdk_imports_more_than_a_thousand(probes: Probes) -> None:
    assert probes.alternative()["polled"]["sdk"] > 1_000
