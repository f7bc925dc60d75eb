"""An Azurite of its own: what other tests have left would be counted too."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Azurite
from local.stack.child_processes import Family


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    state = tmp_path_factory.mktemp("azurite")
    with Family(state) as family:
        yield Azurite(state, family).start()
