"""Handler for the OpenAPI document, apart from the others: making the document imports pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.openapi.openapi_document import openapi_document

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext


async def get_openapi_document(context: RequestContext) -> func.HttpResponse:
    """Gets the OpenAPI document: 200 for anybody, because it holds no secret."""
    return context.respond(200, openapi_document())
