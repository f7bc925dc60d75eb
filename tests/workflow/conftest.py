"""The services that workflow tests run on."""

import pytest

from tests.fakes.hooked_services import HookedServices


@pytest.fixture
def fakes() -> HookedServices:
    """Services in memory, with hooks at every call, at `NOW`."""
    return HookedServices()
