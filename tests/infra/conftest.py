"""The checkout as the checks read it."""

import pytest

from local.checkout import ROOT
from tests.infra.tree import Tree


@pytest.fixture(scope="session")
def tree() -> Tree:
    return Tree(ROOT)
