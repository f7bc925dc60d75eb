"""Handlers for the manifest and for download links."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.exports.export import current_attempt
from shared.exports.timestamps import to_iso
from shared.exports.transitions.download_links import record_links
from shared.http.api_errors import ApiError, Detail
from shared.http.app_roles import AppRole
from shared.http.export_handlers import find_export
from shared.http.query_parameters import FILES_PAGE_SIZE, parse_file_token
from shared.http.request_bodies import read_links
from shared.http.response_bodies import file_body
from shared.use_cases.cancel_retry_erase import change_export

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext

LINK_LIFETIME = timedelta(minutes=15)


async def list_files(call: RequestContext) -> func.HttpResponse:
    """`GET /exports/{id}/files`: the files that arrived, `PAGE` at a time."""
    export = await find_export(call)
    after = parse_file_token(call.request.params.get("continuationToken"))
    files = [] if export.erased_at else await call.services.records.files_page(export, after, FILES_PAGE_SIZE)
    body: dict[str, Any] = {"value": [file_body(file) for file in files]}
    if len(files) == FILES_PAGE_SIZE:
        body["nextLink"] = call.link(f"exports/{export.id}/files?continuationToken={after + FILES_PAGE_SIZE}")
    return call.answer(200, body)


async def create_links(call: RequestContext) -> func.HttpResponse:
    """`POST /exports/{id}/links`: links that read one file each, for `LINK_LIFETIME`."""
    call.caller.require(AppRole.DOWNLOAD)
    export = await find_export(call)
    names = read_links(call.body())
    now = call.services.now()
    until = now + LINK_LIFETIME
    record_links(export, (), call.caller.id, until, now)  # says why there can be none
    arrived = {file.name async for file in call.services.records.files(export) if file.name in set(names)}
    if missing := [name for name in names if name not in arrived]:
        details = tuple(
            Detail("FileNotFound", f"No such file arrived: {name}", f"files[{names.index(name)}]") for name in missing
        )
        raise ApiError(400, "FileNotFound", details[0].message, details[0].target, details)
    # Told first: a link that nobody got does no harm, one that nobody knows of does.
    await change_export(
        export.id, call.services, lambda export: record_links(export, names, call.caller.id, until, now)
    )
    urls = await call.services.grants.links(current_attempt(export).container, names, now, until)
    value = [{"name": name, "url": url} for name, url in zip(names, urls, strict=True)]
    return call.answer(200, {"expiresDateTime": to_iso(until), "value": value})
