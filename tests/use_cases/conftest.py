"""Services in memory for each test."""

import pytest

from tests.workflow.hooked_services import HookedServices


@pytest.fixture
def fakes() -> HookedServices:
    return HookedServices()
