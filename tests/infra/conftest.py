"""The checkout that the checks read."""

import pytest

from local.checkout import ROOT
from tests.infra.tree import Tree


@pytest.fixture(scope="session")
def tree() -> Tree:
    return Tree(ROOT)
