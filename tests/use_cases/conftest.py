"""Services in memory for each test."""

import pytest

from tests.fakes.hooked_services import HookedServices


@pytest.fixture
def fakes() -> HookedServices:
    return HookedServices()
