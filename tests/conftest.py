"""What all tests may use, an Azurite and a deployment package for each process; and how a run is spread over these."""

import fcntl
import os
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from tools.package.build import Built, make, own_version


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--package",
        action="store_true",
        help="run the end-to-end tests on the deployment package, with the packages in it alone (Linux on x86-64)",
    )


@dataclass(frozen=True)
class Package:
    """The deployment package: its zip, the folder that it is unpacked in, and what is known of its making."""

    zip: Path
    folder: Path
    built: Built


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


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the checkout as it is, for the Python of the tests: made by the first process that needs it."""
    own = tmp_path_factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "package"
    root.mkdir(exist_ok=True)
    target, folder, made = root / "package.zip", root / "unpacked", root / "built"
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            built = make(target, own_version())
            with zipfile.ZipFile(target) as archive:
                archive.extractall(folder)
            made.write_bytes(pickle.dumps(built))
    return Package(target, folder, pickle.loads(made.read_bytes()))  # noqa: S301 - written by a process of this run
