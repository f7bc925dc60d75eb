"""`GET /exports`: exports by status, person, reference or due time, a page at a time."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from shared.exports.ids import is_guid
from shared.exports.words import Status
from shared.http.auth import Role
from shared.http.errors import ApiError
from shared.http.views import export_view

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.calls import Call

DEFAULT_TOP, MOST = 50, 100
_FIRST_YEAR = 1970
_INDEX_KEY = re.compile(r"[\x20-\x7e]{1,256}")
_FILTERS = ("status", "subjectId", "reference", "dueBefore", "top")
_KNOWN = (*_FILTERS, "continuationToken", "code")


async def list_exports(call: Call) -> func.HttpResponse:
    """The exports that fit, newest first; with `dueBefore` and neither person nor reference, soonest due first."""
    from shared.storage.listings import Query  # noqa: PLC0415 - imports are paid for when first used

    call.caller.require(Role.READ)
    given = call.request.params
    if unknown := sorted(set(given) - set(_KNOWN)):
        raise ApiError(400, "UnknownField", f"There is no such parameter: {unknown[0]}.", unknown[0])
    query = Query(
        subject_id=_subject(given.get("subjectId")),
        reference=given.get("reference"),
        due_before=_moment(given.get("dueBefore")),
        status=_status(given.get("status")),
    )
    exports, after = await call.services.records.page(
        query, _key(given.get("continuationToken")), _top(given.get("top"))
    )
    body: dict[str, Any] = {"value": [export_view(export) for export in exports]}
    if after is not None:
        kept = {name: given[name] for name in _FILTERS if name in given}
        body["nextLink"] = call.link(f"exports?{urlencode(kept | {'continuationToken': _token(after)})}")
    return call.answer(200, body)


def _status(text: str | None) -> Status | None:
    if text is None:
        return None
    if text not in set(Status):
        raise _invalid("status", f"one of {', '.join(Status)}")
    return Status(text)


def _subject(text: str | None) -> str | None:
    if text is not None and not is_guid(text):
        raise _invalid("subjectId", "an object id (a GUID)")
    return text and text.lower()


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    wrong = _invalid("dueBefore", "a time with a zone, such as 2026-12-01T09:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
    if moment.tzinfo is None or utc.year < _FIRST_YEAR:
        raise wrong
    return utc


def _top(text: str | None) -> int:
    if text is None:
        return DEFAULT_TOP
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise _invalid("top", f"a whole number from 1 to {MOST}")
    return int(text)


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _key(token: str | None) -> str | None:
    if token is None:
        return None
    try:
        key = base64.urlsafe_b64decode(token.encode("ascii")).decode()
    except (binascii.Error, ValueError):
        key = ""
    if not _INDEX_KEY.fullmatch(key):
        raise _invalid("continuationToken", "what nextLink has")
    return key


def _invalid(name: str, takes: str) -> ApiError:
    return ApiError(400, "InvalidValue", f"{name} takes {takes}.", name)
