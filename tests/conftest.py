"""What all tests may use: one real Azurite for the whole session."""

from collections.abc import Iterator

import pytest

from local.azurite import Azurite
from local.processes import Family


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azurite over HTTPS with a certificate of its own.

    Clients made in the tests' own process pass `connection_verify=str(azurite.ca_bundle)`; both the sync and the aio
    clients of the SDKs take it. Processes that a test starts get SSL_CERT_FILE (aio) and REQUESTS_CA_BUNDLE (sync).
    """
    state = tmp_path_factory.mktemp("azurite")
    with Family(state) as family:
        yield Azurite(state, family).start()
