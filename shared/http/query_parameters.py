"""Query parameters: filters, page sizes and continuation tokens."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.exports.ids import is_guid
from shared.exports.states_and_codes import Status
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.records.index_keys import ExportFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 100
ROWS_PAGE_SIZE = 1000
"""How many files or events a page has: as many rows as one call to a table returns."""
_FILTERS = ("status", "subjectId", "reference", "dueBefore")
_PASSED_ON = (*_FILTERS, "top")
"""What the link to the next page repeats."""
_KNOWN = {*_PASSED_ON, "continuationToken", "code"}
"""`code` is where Azure Functions takes a key from."""
_MAX_NUMBER_DIGITS = 8
_FIRST_YEAR = 1970
"""Keys of the index hold seconds since then."""
_INDEX_KEY = re.compile(r"[\x20-\x7e]{1,256}")


def read_export_filter(params: Mapping[str, str]) -> ExportFilter:
    """Which exports the parameters ask for.

    Raises:
        ApiError: 400 UnknownField, InvalidValue.
    """
    if unknown := sorted(set(params) - _KNOWN):
        raise ApiError(ApiErrorCode.UNKNOWN_FIELD, f"There is no such parameter: {unknown[0]}.", unknown[0])
    return ExportFilter(
        subject_id=_subject_id(params.get("subjectId")),
        reference=params.get("reference"),
        due_before=_due_before(params.get("dueBefore")),
        status=_status(params.get("status")),
    )


def read_page_size(params: Mapping[str, str]) -> int:
    """How many exports a page has at most.

    Raises:
        ApiError: 400 InvalidValue.
    """
    text = params.get("top")
    if text is None:
        return DEFAULT_PAGE_SIZE
    if not (_is_number(text, len(str(MAX_PAGE_SIZE))) and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise _invalid("top", f"a whole number from 1 to {MAX_PAGE_SIZE}")
    return int(text)


def read_continuation_token(params: Mapping[str, str]) -> str | None:
    """The key of the index that the page before ended with; None for the first page.

    Raises:
        ApiError: 400 InvalidValue.
    """
    token = params.get("continuationToken")
    if token is None:
        return None
    try:
        key = base64.urlsafe_b64decode(token.encode("ascii")).decode()
    except (binascii.Error, ValueError):
        key = ""
    if not _INDEX_KEY.fullmatch(key):
        raise _invalid("continuationToken", "what nextLink has")
    return key


def next_page_parameters(params: Mapping[str, str], after: str) -> dict[str, str]:
    """The parameters of the page behind a key of the index."""
    token = base64.urlsafe_b64encode(after.encode()).decode()
    return {name: params[name] for name in _PASSED_ON if name in params} | {"continuationToken": token}


def read_number_token(params: Mapping[str, str]) -> int:
    """The number of the last file or event of the page before, which is its token; 0 for the first page.

    Raises:
        ApiError: 400 InvalidValue.
    """
    token = params.get("continuationToken")
    if token is None:
        return 0
    if not _is_number(token, _MAX_NUMBER_DIGITS):
        raise _invalid("continuationToken", "what nextLink has")
    return int(token)


def _status(text: str | None) -> Status | None:
    if text is None:
        return None
    if text not in set(Status):
        raise _invalid("status", f"one of {', '.join(Status)}")
    return Status(text)


def _subject_id(text: str | None) -> str | None:
    if text is not None and not is_guid(text):
        raise _invalid("subjectId", "an object id (a GUID)")
    return text and text.lower()


def _due_before(text: str | None) -> datetime | None:
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


def _is_number(text: str, max_digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= max_digits


def _invalid(name: str, takes: str) -> ApiError:
    return ApiError(ApiErrorCode.INVALID_VALUE, f"{name} takes {takes}.", name)
