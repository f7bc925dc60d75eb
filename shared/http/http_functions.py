"""The HTTP triggers: routes, methods and authorization levels, as the Functions host sees them.

Each trigger imports its handler when it is first called, and `bootstrap` with the SDKs behind it: a cold start imports
what its one request needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import azure.durable_functions as df
import azure.functions as func

from shared.durable.durable_monitors import DurableMonitors
from shared.settings import settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from shared.http.request_context import RequestContext
    from shared.services import Services

blueprint = df.Blueprint()
# With Entra, the platform has authenticated the caller before the host is reached; otherwise the host checks a key.
_LEVEL = func.AuthLevel.ANONYMOUS if settings().auth_mode == "entra" else func.AuthLevel.FUNCTION


async def _dispatch(
    request: func.HttpRequest,
    handler: Callable[[RequestContext, Services], Awaitable[func.HttpResponse]],
    *,
    parameters: Collection[str] = (),
) -> func.HttpResponse:
    """The handler's response, or an error response, with this process's services; `parameters` as for `dispatch`."""
    from shared.bootstrap import services
    from shared.http.request_context import dispatch

    return await dispatch(request, settings(), lambda context: handler(context, services()), parameters=parameters)


@blueprint.function_name("start_export")
@blueprint.route("exports", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def start_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Creates an export."""
    from shared.http import export_handlers

    monitors = DurableMonitors(client)
    return await _dispatch(req, lambda context, services: export_handlers.create_export(context, services, monitors))


@blueprint.function_name("list_exports")
@blueprint.route("exports", methods=["GET"], auth_level=_LEVEL)
async def list_exports(req: func.HttpRequest) -> func.HttpResponse:
    """Lists exports."""
    from shared.http import export_handlers, query_parameters

    return await _dispatch(req, export_handlers.list_exports, parameters=query_parameters.EXPORT_LIST_PARAMETERS)


@blueprint.function_name("get_export")
@blueprint.route("exports/{id}", methods=["GET"], auth_level=_LEVEL)
async def get_export(req: func.HttpRequest) -> func.HttpResponse:
    """Gets an export."""
    from shared.http import export_handlers

    return await _dispatch(req, export_handlers.get_export)


@blueprint.function_name("get_export_result")
@blueprint.route("exports/{id}/result", methods=["GET"], auth_level=_LEVEL)
async def get_export_result(req: func.HttpRequest) -> func.HttpResponse:
    """Gets what an export ended as."""
    from shared.http import export_handlers

    return await _dispatch(req, export_handlers.get_result)


@blueprint.function_name("get_export_events")
@blueprint.route("exports/{id}/events", methods=["GET"], auth_level=_LEVEL)
async def get_export_events(req: func.HttpRequest) -> func.HttpResponse:
    """Lists the audit trail of an export."""
    from shared.http import export_handlers, query_parameters

    return await _dispatch(req, export_handlers.list_events, parameters=query_parameters.ROW_LIST_PARAMETERS)


@blueprint.function_name("get_export_files")
@blueprint.route("exports/{id}/files", methods=["GET"], auth_level=_LEVEL)
async def get_export_files(req: func.HttpRequest) -> func.HttpResponse:
    """Lists the manifest of an export."""
    from shared.http import file_handlers, query_parameters

    return await _dispatch(req, file_handlers.list_files, parameters=query_parameters.ROW_LIST_PARAMETERS)


@blueprint.function_name("create_export_links")
@blueprint.route("exports/{id}/links", methods=["POST"], auth_level=_LEVEL)
async def create_export_links(req: func.HttpRequest) -> func.HttpResponse:
    """Creates download links."""
    from shared.http import file_handlers

    return await _dispatch(req, file_handlers.create_links)


@blueprint.function_name("create_export_package")
@blueprint.route("exports/{id}/package", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def create_export_package(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Has a package made."""
    from shared.http import package_handlers

    monitors = DurableMonitors(client)
    return await _dispatch(req, lambda context, services: package_handlers.create_package(context, services, monitors))


@blueprint.function_name("get_export_package")
@blueprint.route("exports/{id}/package", methods=["GET"], auth_level=_LEVEL)
async def get_export_package(req: func.HttpRequest) -> func.HttpResponse:
    """Gets a package."""
    from shared.http import package_handlers, query_parameters

    return await _dispatch(req, package_handlers.get_package, parameters=query_parameters.PACKAGE_PARAMETERS)


@blueprint.function_name("cancel_export")
@blueprint.route("exports/{id}/cancel", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def cancel_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Cancels an export."""
    from shared.http import command_handlers

    monitors = DurableMonitors(client)
    return await _dispatch(req, lambda context, services: command_handlers.cancel_export(context, services, monitors))


@blueprint.function_name("retry_export")
@blueprint.route("exports/{id}/retry", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def retry_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Retries an export."""
    from shared.http import command_handlers

    monitors = DurableMonitors(client)
    return await _dispatch(req, lambda context, services: command_handlers.retry_export(context, services, monitors))


@blueprint.function_name("change_export_deadline")
@blueprint.route("exports/{id}/deadline", methods=["POST"], auth_level=_LEVEL)
async def change_export_deadline(req: func.HttpRequest) -> func.HttpResponse:
    """Extends a deadline, pauses a clock, or resumes it."""
    from shared.http import deadline_handlers

    return await _dispatch(req, deadline_handlers.change_deadline)


@blueprint.function_name("hand_over_export")
@blueprint.route("exports/{id}/handover", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def hand_over_export(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Records that the person has been answered."""
    from shared.http import handover_handlers

    monitors = DurableMonitors(client)
    return await _dispatch(
        req, lambda context, services: handover_handlers.hand_over_export(context, services, monitors)
    )


@blueprint.function_name("erase_export_data")
@blueprint.route("exports/{id}/data", methods=["DELETE"], auth_level=_LEVEL)
async def erase_export_data(req: func.HttpRequest) -> func.HttpResponse:
    """Erases exported data."""
    from shared.http import command_handlers

    return await _dispatch(req, command_handlers.erase_export)


@blueprint.function_name("place_export_hold")
@blueprint.route("exports/{id}/hold", methods=["PUT"], auth_level=_LEVEL)
async def place_export_hold(req: func.HttpRequest) -> func.HttpResponse:
    """Places a hold on exported data."""
    from shared.http import hold_handlers

    return await _dispatch(req, hold_handlers.place_hold)


@blueprint.function_name("lift_export_hold")
@blueprint.route("exports/{id}/hold", methods=["DELETE"], auth_level=_LEVEL)
async def lift_export_hold(req: func.HttpRequest) -> func.HttpResponse:
    """Lifts the hold of exported data."""
    from shared.http import hold_handlers

    return await _dispatch(req, hold_handlers.lift_hold)


@blueprint.function_name("place_holds")
@blueprint.route("holds", methods=["PUT"], auth_level=_LEVEL)
async def place_holds(req: func.HttpRequest) -> func.HttpResponse:
    """Places holds on the data of all exports that have a reference."""
    from shared.http import hold_handlers, query_parameters

    return await _dispatch(req, hold_handlers.place_holds, parameters=query_parameters.HOLD_PARAMETERS)


@blueprint.function_name("lift_holds")
@blueprint.route("holds", methods=["DELETE"], auth_level=_LEVEL)
async def lift_holds(req: func.HttpRequest) -> func.HttpResponse:
    """Lifts the holds of all exports that have a reference."""
    from shared.http import hold_handlers, query_parameters

    return await _dispatch(req, hold_handlers.lift_holds, parameters=query_parameters.HOLD_PARAMETERS)


@blueprint.function_name("get_export_command")
@blueprint.route("exports/{id}/commands/{command}", methods=["GET"], auth_level=_LEVEL)
async def get_export_command(req: func.HttpRequest) -> func.HttpResponse:
    """Gets whether a command is carried out."""
    from shared.http import command_handlers

    return await _dispatch(req, command_handlers.get_command)


@blueprint.function_name("start_batch")
@blueprint.route("batches", methods=["POST"], auth_level=_LEVEL)
@blueprint.durable_client_input(client_name="client")
async def start_batch(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Creates many exports."""
    from shared.http import batch_handlers

    monitors = DurableMonitors(client)
    return await _dispatch(req, lambda context, services: batch_handlers.create_batch(context, services, monitors))


@blueprint.function_name("get_batch")
@blueprint.route("batches/{id}", methods=["GET"], auth_level=_LEVEL)
async def get_batch(req: func.HttpRequest) -> func.HttpResponse:
    """Gets a batch."""
    from shared.http import batch_handlers

    return await _dispatch(req, batch_handlers.get_batch)


@blueprint.function_name("get_me")
@blueprint.route("me", methods=["GET"], auth_level=_LEVEL)
async def get_me(req: func.HttpRequest) -> func.HttpResponse:
    """Gets who calls."""
    from shared.http import request_context, service_handlers

    return await request_context.dispatch(req, settings(), service_handlers.get_me)


@blueprint.function_name("preflight")
@blueprint.route("preflight", methods=["POST"], auth_level=_LEVEL)
async def post_preflight(req: func.HttpRequest) -> func.HttpResponse:
    """Runs the preflight."""
    from shared.http import service_handlers

    return await _dispatch(req, service_handlers.post_preflight)


@blueprint.function_name("create_subscription")
@blueprint.route("subscriptions", methods=["POST"], auth_level=_LEVEL)
async def create_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """Subscribes to the ends of exports."""
    from shared.http import subscription_handlers

    return await _dispatch(req, subscription_handlers.create_subscription)


@blueprint.function_name("list_subscriptions")
@blueprint.route("subscriptions", methods=["GET"], auth_level=_LEVEL)
async def list_subscriptions(req: func.HttpRequest) -> func.HttpResponse:
    """Lists subscriptions."""
    from shared.http import subscription_handlers

    return await _dispatch(req, subscription_handlers.list_subscriptions)


@blueprint.function_name("delete_subscription")
@blueprint.route("subscriptions/{id}", methods=["DELETE"], auth_level=_LEVEL)
async def delete_subscription(req: func.HttpRequest) -> func.HttpResponse:
    """Deletes a subscription."""
    from shared.http import subscription_handlers

    return await _dispatch(req, subscription_handlers.delete_subscription)


@blueprint.function_name("health")
@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Gets whether the app can reach its records."""
    from shared.http import service_handlers

    return await _dispatch(req, service_handlers.get_health)


@blueprint.function_name("openapi")
@blueprint.route("openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Gets the OpenAPI document."""
    from shared.http import openapi_handler, request_context

    return await request_context.dispatch(req, settings(), openapi_handler.get_openapi_document)


@blueprint.function_name("console")
@blueprint.route("console/{*path}", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_console(req: func.HttpRequest) -> func.HttpResponse:
    """Gets the page of the console, a file of it, or its configuration."""
    from shared.http import console_handlers

    return console_handlers.get_console(req, settings())
