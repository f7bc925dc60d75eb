"""Handlers for health, preflight and the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.app_roles import AppRole
from shared.http.openapi.openapi_document import openapi_document
from shared.use_cases.run_preflight import Verdict, run_preflight

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext


async def get_openapi_document(call: RequestContext) -> func.HttpResponse:
    """The OpenAPI document; anonymous, because it holds no secret."""
    return call.answer(200, openapi_document())


async def get_health(call: RequestContext) -> func.HttpResponse:
    """`GET /health`: 200 where the app can reach its records; anonymous, so it says no more."""
    await call.services.records.reachable()
    return call.answer(200, {"status": "Healthy"})


async def post_preflight(call: RequestContext) -> func.HttpResponse:
    """200 and the report, whatever it says; it fails where one of its checks does."""
    call.caller.require(AppRole.ADMIN)
    checks = await run_preflight(call.services)
    failed = any(check.verdict is Verdict.FAILED for check in checks)
    body = {
        "status": Verdict.FAILED if failed else Verdict.PASSED,
        "checks": [{"name": c.name, "status": c.verdict, "message": c.message} for c in checks],
    }
    return call.answer(200, body)
