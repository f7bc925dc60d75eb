"""`GET /openapi.json`: the API's own description."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.calls import Call


async def describe(call: Call) -> func.HttpResponse:
    """The OpenAPI document; anonymous, because it holds no secret."""
    from shared.http.openapi.document import document  # noqa: PLC0415 - imports are paid for when first used

    return call.answer(200, document())
