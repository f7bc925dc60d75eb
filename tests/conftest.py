"""Fixtures for all tests, an Azurite and a deployment package per process; and how tests are spread over processes."""

import fcntl
import os
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.checkout import ROOT
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from tests.local import waiting
from tools.package.build import Built, bill_path, make
from tools.package.interpreters import own_version

OTHER_HOST_FACTOR = 5
"""How many times longer tests wait on another host than the local one.

What a killed host was doing goes on there after 90 s, and timers of an idle hub fire up to half a minute late.
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--package",
        action="store_true",
        help="run the end-to-end tests on the deployment package, with the packages in it alone (Linux on x86-64)",
    )
    parser.addoption(
        "--host",
        default="",
        help="run the end-to-end tests on another Functions host, such as 'func start --port {port}'",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Makes every wait longer on another host."""
    if config.getoption("--host"):
        if config.getoption("--package"):
            raise pytest.UsageError("Choose --host or --package: another host runs the checkout.")
        waiting.factor = OTHER_HOST_FACTOR


@dataclass(frozen=True)
class Package:
    """The deployment package: its zip, its bill of materials, the folder that it is unpacked in, its build report."""

    zip: Path
    bill: Path
    folder: Path
    built: Built


def pytest_xdist_auto_num_workers() -> int:
    """Limits the processes of `--numprocesses auto`, because each starts its own stacks."""
    return min(max(os.cpu_count() or 1, 2), 4)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Runs the modules with their own time limits first, because they take the longest.

    On another host each limit grows as the waits do.
    """
    limits = {item.path: marker.args[0] for item in items if (marker := item.get_closest_marker("timeout"))}
    items.sort(key=lambda item: -limits.get(item.path, 0))
    if not config.getoption("--host"):
        return
    usual = float(config.getini("timeout"))
    for item in items:
        own = item.get_closest_marker("timeout")
        item.add_marker(pytest.mark.timeout((own.args[0] if own else usual) * OTHER_HOST_FACTOR), append=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what tests have measured with `record_property`."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.line(f"{name}: {value}")


@pytest.fixture(scope="session")
def app(request: pytest.FixtureRequest) -> Path:
    """The app under test: the checkout, or the deployment package with --package."""
    if not request.config.getoption("--package"):
        return ROOT
    package: Package = request.getfixturevalue("package")
    return package.folder


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azurite over HTTPS with a self-signed certificate.

    Clients in the test process pass `connection_verify=str(azurite.ca_bundle)`; both the sync and the aio
    clients of the SDKs take it. Processes that a test starts get SSL_CERT_FILE (aio) and REQUESTS_CA_BUNDLE (sync).
    """
    state = tmp_path_factory.mktemp("azurite")
    with Family(state) as family:
        yield Azurite(state, family).start()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the checkout for the tests' Python, built by the first process that needs it."""
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
    return Package(target, bill_path(target), folder, pickle.loads(made.read_bytes()))  # noqa: S301 - this test run wrote it
