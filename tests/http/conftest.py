"""A caller of the API for each test."""

import pytest

from tests.http.api_client import ApiClient


@pytest.fixture
def api() -> ApiClient:
    return ApiClient()
