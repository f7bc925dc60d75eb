"""The HTTP trigger of the console, apart from those of the API: it takes every path below its own, and no services."""

from __future__ import annotations

import azure.functions as func

from shared.settings import settings

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # in the SDK


@blueprint.function_name("console")
@blueprint.route("console/{*path}", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_console(req: func.HttpRequest) -> func.HttpResponse:
    """Gets the page of the console, a file of it, or its configuration."""
    from shared.http import console_handlers

    return console_handlers.get_console(req, settings())
