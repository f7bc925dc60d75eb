"""Handlers for the manifest and for download links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import Refusal
from shared.http.api_errors import ApiError, ApiErrorCode, package_not_found
from shared.http.app_roles import SEES_FILES, AppRole
from shared.http.export_handlers import find_export
from shared.http.query_parameters import ROWS_PAGE_SIZE, read_number_token
from shared.http.request_bodies import read_links
from shared.http.response_bodies import file_body, links_body
from shared.use_cases.create_download_links import (
    FilesNotFoundError,
    PackageLinksRequest,
    create_download_links,
    create_package_links,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import azure.functions as func

    from shared.exports.export import Export
    from shared.http import file_schema
    from shared.http.request_context import RequestContext
    from shared.services import Services


async def list_files(context: RequestContext, services: Services) -> func.HttpResponse:
    """Lists the manifest, `ROWS_PAGE_SIZE` files at a time: 200."""
    export = await find_export(context, services, SEES_FILES)
    after = read_number_token(context.query)
    count = 0 if export.files is None or export.erased_at else export.files.count
    files = await services.records.files_page(export, after, ROWS_PAGE_SIZE) if after < count else []
    body: file_schema.FilePage = {"value": [file_body(number, file) for number, file in enumerate(files, after + 1)]}
    last = after + ROWS_PAGE_SIZE
    if last < count:
        body["nextLink"] = context.absolute_url(f"exports/{export.id}/files?continuationToken={last}")
    return context.respond(200, body)


async def create_links(context: RequestContext, services: Services) -> func.HttpResponse:
    """Creates links that read one file, or one zip of a package, each: 200."""
    export = await find_export(context, services, (AppRole.DOWNLOAD,))
    wanted = read_links(context.read_body())
    if isinstance(wanted, PackageLinksRequest):
        return await _link_package(context, services, export, wanted)
    try:
        links = await create_download_links(export, wanted, context.caller.id, services)
    except FilesNotFoundError as error:
        raise _files_not_found(error.names, wanted) from None
    return context.respond(200, links_body(wanted, links))


async def _link_package(
    context: RequestContext, services: Services, export: Export, wanted: PackageLinksRequest
) -> func.HttpResponse:
    try:
        names, links = await create_package_links(export, wanted, context.caller.id, services)
    except LookupError:
        raise package_not_found("package") from None
    return context.respond(200, links_body(names, links))


def _files_not_found(missing: Sequence[str], names: Sequence[str]) -> ApiError:
    code = ApiErrorCode.FILE_NOT_FOUND
    details = tuple(
        Refusal(code, f"The manifest has no such file: {name}", f"files[{names.index(name)}]") for name in missing
    )
    return ApiError(code, details[0].message, details[0].target, details)
