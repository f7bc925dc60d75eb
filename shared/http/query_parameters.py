"""Query parameters: filters, page sizes and continuation tokens."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.ids import is_guid, strip_copied
from shared.exports.states_and_codes import PackageLanguage, Status
from shared.exports.timestamps import TIMESTAMP_EXAMPLE, parse_timestamp
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.records.index_keys import ExportFilter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 100
ROWS_PAGE_SIZE = 1000
"""How many files or events a page has: as many rows as one call to a table returns."""
_PASSED_ON = (
    "status",
    "subjectId",
    "reference",
    "requestedBy",
    "dueBefore",
    "paused",
    "onHold",
    "awaitsHandover",
    "unanswered",
    "top",
)
"""What the link to the next page repeats."""
EXPORT_LIST_PARAMETERS = (*_PASSED_ON, "continuationToken")
"""What the list of exports takes."""
ROW_LIST_PARAMETERS = ("continuationToken",)
"""What the lists of files and events take."""
HOLD_PARAMETERS = ("reference", "continuationToken")
"""What the calls take that place and lift the holds of all exports of a reference."""
PACKAGE_PARAMETERS = ("language",)
"""What the look at a package takes."""
_REPEATABLE = frozenset({"status"})
"""What takes several values. They may be repeated or separated by commas."""
_FUNCTION_KEY = "code"
"""Where Azure Functions takes a key from, in any case."""
_MAX_NUMBER_DIGITS = 8
_FIRST_YEAR = 1970
"""Keys of the index hold seconds since then."""
_LOST_PLUS = re.compile(r" (?=[0-9]{2}(?::?[0-9]{2})?$)")
"""A blank before an offset. It was a plus that the caller did not encode: in a query, a plus stands for a blank."""
_INDEX_KEY = re.compile(r"[\x20-\x7e]{1,256}")


def read_query(url: str) -> dict[str, str]:
    """The parameters in the query of a URL, without a function key.

    They are read from the URL, because the Functions host drops parameters without a value from what it passes on. A
    value that is missing by mistake would then ask for more than was meant: `?status=` for every export.

    Raises:
        ApiError: 400 InvalidValue, if a parameter has no value, or is repeated and takes one value only.
    """
    query: dict[str, str] = {}
    for name, value in _pairs(urlsplit(url).query):
        if not value:
            message = f"The parameter '{name}' has no value. Send one, or leave the parameter out."
            raise ApiError(ApiErrorCode.INVALID_VALUE, message, name or "query")
        if name in query and name not in _REPEATABLE:
            message = f"The parameter '{name}' is there more than once. Send it once."
            raise ApiError(ApiErrorCode.INVALID_VALUE, message, name or "query")
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        message = "The query is not UTF-8. Send its values percent-encoded as UTF-8."
        raise ApiError(ApiErrorCode.INVALID_VALUE, message, "query") from None
    return [(name, value) for name, value in pairs if name.lower() != _FUNCTION_KEY]


def check_names(query: Mapping[str, str], takes: Collection[str]) -> None:
    """Refuses a parameter that a call does not take.

    Raises:
        ApiError: 400 UnknownField.
    """
    unknown = next((name for name in query if name not in takes), None)
    if unknown is not None:
        known = f"It takes {', '.join(takes)}" if takes else "It takes none"
        message = f"The call has no parameter '{unknown}'. {known}."
        raise ApiError(ApiErrorCode.UNKNOWN_FIELD, message, unknown or "query")


def read_export_filter(params: Mapping[str, str]) -> ExportFilter:
    """Which exports the parameters ask for.

    Raises:
        ApiError: 400 InvalidValue.
    """
    return ExportFilter(
        subject_id=_subject_id(params.get("subjectId")),
        reference=params.get("reference"),
        due_before=_due_before(params.get("dueBefore")),
        statuses=_statuses(params.get("status")),
        requested_by=_requested_by(params.get("requestedBy")),
        is_paused=_flag(params, "paused"),
        is_on_hold=_flag(params, "onHold"),
        awaits_handover=_flag(params, "awaitsHandover"),
        is_unanswered=_flag(params, "unanswered"),
    )


def read_reference(params: Mapping[str, str]) -> str:
    """The reference, of a call that needs one.

    Raises:
        ApiError: 400 MissingField.
    """
    if "reference" not in params:
        message = "reference is required: this call concerns the exports that have it."
        raise ApiError(ApiErrorCode.MISSING_FIELD, message, "reference")
    return params["reference"]


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


def read_continuation_token(params: Mapping[str, str], wanted: ExportFilter) -> str | None:
    """The key of the index that the page before of the same list ended with; None for the first page.

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
    if not _INDEX_KEY.fullmatch(key) or wanted.place_of(key) is None:
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


def read_language(params: Mapping[str, str]) -> PackageLanguage:
    """The language of a package; English where there is none.

    Raises:
        ApiError: 400 InvalidValue.
    """
    given = params.get("language", PackageLanguage.ENGLISH)
    if given not in set(PackageLanguage):
        raise _invalid("language", f"one of {', '.join(PackageLanguage)}")
    return PackageLanguage(given)


def _statuses(text: str | None) -> tuple[Status, ...]:
    names = [] if text is None else [name.strip() for name in text.split(",")]
    if not set(names) <= set(Status):
        raise _invalid("status", f"one or more of {', '.join(Status)}, separated by commas")
    return tuple(Status(name) for name in names)


def _requested_by(text: str | None) -> str | None:
    """The id of a caller, as it is in an export's `requestedBy`."""
    given = text and strip_copied(text)
    if given is None or given == FUNCTION_KEY_CALLER:
        return given
    if not is_guid(given):
        raise _invalid("requestedBy", f"the object id of a caller (a GUID), or {FUNCTION_KEY_CALLER}")
    return given.lower()


def _subject_id(text: str | None) -> str | None:
    given = text and strip_copied(text).lower()
    if given is not None and not is_guid(given):
        raise _invalid("subjectId", "an object id (a GUID)")
    return given


def _due_before(text: str | None) -> datetime | None:
    if text is None:
        return None
    wrong = _invalid("dueBefore", f"a date and time with a zone in ISO 8601, such as {TIMESTAMP_EXAMPLE}")
    try:
        moment = parse_timestamp(_LOST_PLUS.sub("+", text.strip()))
    except ValueError:
        raise wrong from None
    if moment.year < _FIRST_YEAR:
        raise wrong
    return moment


def _flag(params: Mapping[str, str], name: str) -> bool | None:
    """Whether only such exports are asked for, or only others; in any case, because programs write it in each."""
    if name not in params:
        return None
    given = params[name].lower()
    if given not in {"true", "false"}:
        raise _invalid(name, "true or false")
    return given == "true"


def _is_number(text: str, max_digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= max_digits


def _invalid(name: str, takes: str) -> ApiError:
    return ApiError(ApiErrorCode.INVALID_VALUE, f"{name} takes {takes}.", name)
