"""`POST /preflight`: can this deployment really export?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.auth import Role

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.calls import Call


async def report(call: Call) -> func.HttpResponse:
    """200 and the report, whatever it says; it fails where one of its checks does."""
    from shared.workflow.preflight import Verdict, preflight  # noqa: PLC0415 - imports are paid for when first used

    call.caller.require(Role.ADMIN)
    checks = await preflight(call.services)
    failed = any(check.verdict is Verdict.FAILED for check in checks)
    body = {
        "status": Verdict.FAILED if failed else Verdict.PASSED,
        "checks": [{"name": c.name, "status": c.verdict, "message": c.message} for c in checks],
    }
    return call.answer(200, body)
