"""The host that most tests share: authentication off, the sample app."""

from collections.abc import Iterator

import pytest

from tests.local.host.sample_app_host import SampleAppHost


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleAppHost]:
    with SampleAppHost(tmp_path_factory.mktemp("host")) as process:
        yield process
