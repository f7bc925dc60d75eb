"""The OpenAPI document over HTTP, and what it does not cost the other calls."""

import subprocess
import sys
from pathlib import Path

from shared.http.openapi.openapi_document import openapi_document
from tests.http.api_client import ApiClient

ROOT = Path(__file__).parent.parent.parent


async def test_anybody_may_get_the_document() -> None:
    api = ApiClient(WEBSITE_AUTH_ENABLED="false")
    assert (await api.get("/openapi.json")).body == openapi_document()


def test_a_health_probe_does_not_wait_for_pydantic() -> None:
    probe = "import sys, shared.http.service_handlers; assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, env={}, check=True, timeout=60)  # noqa: S603 - ours
