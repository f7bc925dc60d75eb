"""The calls about what arrived: the manifest, and links to its files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.exports.endings import linked
from shared.exports.moves import current_attempt, iso
from shared.http.auth import Role
from shared.http.errors import ApiError, Detail
from shared.http.exports import find
from shared.http.views import file_view

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.calls import Call

PAGE = 1000
"""How many files one answer lists; the limit of a table's answer."""
LINK_LIFETIME = timedelta(minutes=15)
_TOKEN_DIGITS = 8


async def manifest(call: Call) -> func.HttpResponse:
    """`GET /exports/{id}/files`: the files that arrived, `PAGE` at a time."""
    export = await find(call)
    after = _after(call.request.params.get("continuationToken"))
    files = [] if export.erased_at else await call.services.records.files_page(export, after, PAGE)
    body: dict[str, Any] = {"value": [file_view(file) for file in files]}
    if len(files) == PAGE:
        body["nextLink"] = call.link(f"exports/{export.id}/files?continuationToken={after + PAGE}")
    return call.answer(200, body)


async def links(call: Call) -> func.HttpResponse:
    """`POST /exports/{id}/links`: links that read one file each, for `LINK_LIFETIME`."""
    from shared.http.schemas import read_links  # noqa: PLC0415 - imports are paid for when first used
    from shared.workflow.commands import change  # noqa: PLC0415

    call.caller.require(Role.DOWNLOAD)
    export = await find(call)
    names = read_links(call.body())
    now = call.services.now()
    until = now + LINK_LIFETIME
    linked(export, (), call.caller.id, until, now)  # says why there can be none
    arrived = {file.name async for file in call.services.records.files(export) if file.name in set(names)}
    if missing := [name for name in names if name not in arrived]:
        details = tuple(
            Detail("FileNotFound", f"No such file arrived: {name}", f"files[{names.index(name)}]") for name in missing
        )
        raise ApiError(400, "FileNotFound", details[0].message, details[0].target, details)
    # Told first: a link that nobody got does no harm, one that nobody knows of does.
    await change(export.id, call.services, lambda export: linked(export, names, call.caller.id, until, now))
    urls = await call.services.grants.links(current_attempt(export).container, names, now, until)
    value = [{"name": name, "url": url} for name, url in zip(names, urls, strict=True)]
    return call.answer(200, {"expiresDateTime": iso(until), "value": value})


def _after(token: str | None) -> int:
    """Where a page begins: the token is the number of the file before it."""
    if token is None:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) <= _TOKEN_DIGITS):
        raise ApiError(400, "InvalidValue", "Follow nextLink as it is.", "continuationToken")
    return int(token)
