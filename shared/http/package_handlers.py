"""Handlers that have a package of an export made, and tell how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.states_and_codes import PackageStatus
from shared.exports.transitions.handover_packages import find_package
from shared.http.api_errors import package_not_found
from shared.http.app_roles import SEES_FILES, AppRole
from shared.http.export_handlers import find_export
from shared.http.query_parameters import read_language
from shared.http.request_bodies import read_package
from shared.http.response_bodies import package_body, seconds_until_package
from shared.use_cases.request_package import request_package

if TYPE_CHECKING:
    import azure.functions as func

    from shared.exports.export import Export
    from shared.exports.handover_package import Package
    from shared.http.request_context import RequestContext
    from shared.protocols import Monitors
    from shared.services import Services

_STATUS = {PackageStatus.BUILDING: 202, PackageStatus.READY: 200, PackageStatus.FAILED: 424}


async def create_package(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Has a package made: 202, or 200 if it is made already."""
    export = await find_export(context, services, (AppRole.DOWNLOAD,))
    language = read_package(context.read_body())
    package = await request_package(export.id, language, context.caller.id, services, monitors)
    return _respond(context, services, export, package)


async def get_package(context: RequestContext, services: Services) -> func.HttpResponse:
    """Gets a package: 202 while it is being made, then 200, or 424 if it could not be made."""
    export = await find_export(context, services, SEES_FILES)
    package = find_package(export, read_language(context.query))
    if package is None:
        raise package_not_found("language")
    return _respond(context, services, export, package)


def _respond(context: RequestContext, services: Services, export: Export, package: Package) -> func.HttpResponse:
    status, body = _STATUS[package.status], package_body(export, package)
    if package.status is not PackageStatus.BUILDING:
        return context.respond(status, body)
    headers = {
        "Location": context.absolute_url(f"exports/{export.id}/package?language={package.language}"),
        "Retry-After": str(seconds_until_package(package, services.now())),
    }
    return context.respond(status, body, headers)
