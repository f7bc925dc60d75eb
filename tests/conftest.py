"""What all tests may use: one real Azurite and one deployment package for the whole session."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.azurite import Azurite
from local.processes import Family
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
    """The package of the checkout as it is, for the Python of the tests."""
    root = tmp_path_factory.mktemp("package")
    target, folder = root / "package.zip", root / "unpacked"
    built = make(target, own_version())
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder)
    return Package(target, folder, built)
