"""What all tests may use, one real Azurite for each process of a test run; and how a run is spread over processes."""

import os
from collections.abc import Iterator

import pytest

from local.azurite import Azurite
from local.processes import Family


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `--numprocesses auto` makes: not more than a few, because each starts stacks of its own."""
    return min(max(os.cpu_count() or 1, 2), 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that none is left for the end: the modules whose tests have time limits of their own."""
    limits = {item.path: marker.args[0] for item in items if (marker := item.get_closest_marker("timeout"))}
    items.sort(key=lambda item: -limits.get(item.path, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what tests have measured, which they tell by `record_property`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.line(f"{name}: {value}")


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azurite over HTTPS with a certificate of its own.

    Clients made in the tests' own process pass `connection_verify=str(azurite.ca_bundle)`; both the sync and the aio
    clients of the SDKs take it. Processes that a test starts get SSL_CERT_FILE (aio) and REQUESTS_CA_BUNDLE (sync).
    """
    state = tmp_path_factory.mktemp("azurite")
    with Family(state) as family:
        yield Azurite(state, family).start()
