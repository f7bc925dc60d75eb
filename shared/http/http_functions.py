"""The HTTP triggers: routes, methods and authorization levels, as the Functions host sees them."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.settings import settings

blueprint = df.Blueprint()
# With Entra the platform has checked the caller before the host is reached; else the host checks a key.
_LEVEL = func.AuthLevel.ANONYMOUS if settings().auth_mode == "entra" else func.AuthLevel.FUNCTION


@blueprint.function_name("start_export")
@blueprint.route("exports", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def start_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports`."""
    from shared.http import export_handlers, request_context

    return await request_context.dispatch(req, settings(), lambda call: export_handlers.create_export(call, client))


@blueprint.function_name("list_exports")
@blueprint.route("exports", methods=["GET"], auth_level=_LEVEL)
async def list_exports(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /exports`."""
    from shared.http import export_handlers, request_context

    return await request_context.dispatch(req, settings(), export_handlers.list_exports)


@blueprint.function_name("get_export")
@blueprint.route("exports/{id}", methods=["GET"], auth_level=_LEVEL)
async def get_export(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /exports/{id}`."""
    from shared.http import export_handlers, request_context

    return await request_context.dispatch(req, settings(), export_handlers.get_export)


@blueprint.function_name("get_export_result")
@blueprint.route("exports/{id}/result", methods=["GET"], auth_level=_LEVEL)
async def get_export_result(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /exports/{id}/result`."""
    from shared.http import export_handlers, request_context

    return await request_context.dispatch(req, settings(), export_handlers.get_result)


@blueprint.function_name("get_export_events")
@blueprint.route("exports/{id}/events", methods=["GET"], auth_level=_LEVEL)
async def get_export_events(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /exports/{id}/events`."""
    from shared.http import export_handlers, request_context

    return await request_context.dispatch(req, settings(), export_handlers.list_events)


@blueprint.function_name("get_export_files")
@blueprint.route("exports/{id}/files", methods=["GET"], auth_level=_LEVEL)
async def get_export_files(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /exports/{id}/files`."""
    from shared.http import file_handlers, request_context

    return await request_context.dispatch(req, settings(), file_handlers.list_files)


@blueprint.function_name("create_export_links")
@blueprint.route("exports/{id}/links", methods=["POST"], auth_level=_LEVEL)
async def create_export_links(req: func.HttpRequest) -> func.HttpResponse:
    """`POST /exports/{id}/links`."""
    from shared.http import file_handlers, request_context

    return await request_context.dispatch(req, settings(), file_handlers.create_links)


@blueprint.function_name("cancel_export")
@blueprint.route("exports/{id}/cancel", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def cancel_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports/{id}/cancel`."""
    from shared.http import command_handlers, request_context

    return await request_context.dispatch(req, settings(), lambda call: command_handlers.cancel_export(call, client))


@blueprint.function_name("retry_export")
@blueprint.route("exports/{id}/retry", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def retry_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports/{id}/retry`."""
    from shared.http import command_handlers, request_context

    return await request_context.dispatch(req, settings(), lambda call: command_handlers.retry_export(call, client))


@blueprint.function_name("erase_export_data")
@blueprint.route("exports/{id}/data", methods=["DELETE"], auth_level=_LEVEL)
async def erase_export_data(req: func.HttpRequest) -> func.HttpResponse:
    """`DELETE /exports/{id}/data`."""
    from shared.http import command_handlers, request_context

    return await request_context.dispatch(req, settings(), command_handlers.erase_export)


@blueprint.function_name("start_batch")
@blueprint.route("batches", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def start_batch(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /batches`."""
    from shared.http import batch_handlers, request_context

    return await request_context.dispatch(req, settings(), lambda call: batch_handlers.create_batch(call, client))


@blueprint.function_name("get_batch")
@blueprint.route("batches/{id}", methods=["GET"], auth_level=_LEVEL)
async def get_batch(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /batches/{id}`."""
    from shared.http import batch_handlers, request_context

    return await request_context.dispatch(req, settings(), batch_handlers.get_batch)


@blueprint.function_name("preflight")
@blueprint.route("preflight", methods=["POST"], auth_level=_LEVEL)
async def post_preflight(req: func.HttpRequest) -> func.HttpResponse:
    """`POST /preflight`."""
    from shared.http import request_context, service_handlers

    return await request_context.dispatch(req, settings(), service_handlers.post_preflight)


@blueprint.function_name("create_subscription")
@blueprint.route("subscriptions", methods=["POST"], auth_level=_LEVEL)
async def create_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """`POST /subscriptions`."""
    from shared.http import request_context, subscription_handlers

    return await request_context.dispatch(req, settings(), subscription_handlers.create_subscription)


@blueprint.function_name("delete_subscription")
@blueprint.route("subscriptions/{id}", methods=["DELETE"], auth_level=_LEVEL)
async def delete_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """`DELETE /subscriptions/{id}`."""
    from shared.http import request_context, subscription_handlers

    return await request_context.dispatch(req, settings(), subscription_handlers.delete_subscription)


@blueprint.function_name("health")
@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /health`."""
    from shared.http import request_context, service_handlers

    return await request_context.dispatch(req, settings(), service_handlers.get_health)


@blueprint.function_name("openapi")
@blueprint.route("openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /openapi.json`."""
    from shared.http import request_context, service_handlers

    return await request_context.dispatch(req, settings(), service_handlers.get_openapi_document)
