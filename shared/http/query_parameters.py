"""Query parameters: filters, page sizes and continuation tokens."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime

from shared.exports.ids import is_guid
from shared.exports.states_and_codes import Status
from shared.http.api_errors import ApiError

FILES_PAGE_SIZE = 1000
"""How many files one answer lists; the limit of a table's answer."""
_TOKEN_DIGITS = 8


def parse_file_token(token: str | None) -> int:
    """Where a page begins: the token is the number of the file before it."""
    if token is None:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) <= _TOKEN_DIGITS):
        raise ApiError(400, "InvalidValue", "Follow nextLink as it is.", "continuationToken")
    return int(token)


DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 100
_FIRST_YEAR = 1970
_INDEX_KEY = re.compile(r"[\x20-\x7e]{1,256}")
FILTER_PARAMETERS = ("status", "subjectId", "reference", "dueBefore", "top")
LIST_PARAMETERS = (*FILTER_PARAMETERS, "continuationToken", "code")


def parse_status(text: str | None) -> Status | None:
    """A status to filter by."""
    if text is None:
        return None
    if text not in set(Status):
        raise _invalid("status", f"one of {', '.join(Status)}")
    return Status(text)


def parse_subject_id(text: str | None) -> str | None:
    """An object id to filter by, in lower case."""
    if text is not None and not is_guid(text):
        raise _invalid("subjectId", "an object id (a GUID)")
    return text and text.lower()


def parse_due_before(text: str | None) -> datetime | None:
    """A deadline to filter by, in UTC."""
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


def parse_top(text: str | None) -> int:
    """How many exports a page has."""
    if text is None:
        return DEFAULT_PAGE_SIZE
    if not (
        text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PAGE_SIZE)) and 1 <= int(text) <= MAX_PAGE_SIZE
    ):
        raise _invalid("top", f"a whole number from 1 to {MAX_PAGE_SIZE}")
    return int(text)


def to_continuation_token(key: str) -> str:
    """The token of the page that begins after a key of the index."""
    return base64.urlsafe_b64encode(key.encode()).decode()


def parse_continuation_token(token: str | None) -> str | None:
    """The key of the index that a token stands for."""
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
