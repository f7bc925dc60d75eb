"""JSON bodies: what callers send, checked field by field, and turned into what use cases take."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from shared.exports.exceptions import Refusal
from shared.exports.export import ExportRequest, Subject
from shared.exports.ids import GUID, is_guid
from shared.exports.states_and_codes import Status, SubjectType
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.use_cases.manage_subscriptions import SubscriptionRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.national_clouds import Cloud

_PRINCIPAL_NAME = re.compile(r"[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_ID_LENGTH = 256
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_CODES = {
    "missing": ApiErrorCode.MISSING_FIELD,
    "extra_forbidden": ApiErrorCode.UNKNOWN_FIELD,
    "json_invalid": ApiErrorCode.INVALID_JSON,
}
"""By the type of pydantic's error; any other is InvalidValue."""
_TAKES_TIME = "Takes a time with a zone, such as 2026-12-01T09:00:00Z"
_MESSAGES = {
    "model_type": "Takes an object",
    "datetime_type": _TAKES_TIME,
    "datetime_from_date_parsing": _TAKES_TIME,
    "timezone_aware": _TAKES_TIME,
}
"""In place of pydantic's own, which differ between JSON and Python values."""
_FIELDS = {"impossible_id": ("id",), "due_too_early": ("dueDateTime",)}
"""The field that a validator of a whole object is about."""


def _check_text(value: object) -> object:
    # In strict mode, pydantic takes a text for a time only in JSON, and items of a batch are Python values. So times
    # are read in lax mode, and what lax mode would take besides text is refused here.
    if not isinstance(value, str):
        raise PydanticCustomError("datetime_type", "Takes text")
    return value


def _check_plausible(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise PydanticCustomError("implausible_time", "Takes a time from the years 2000 to 2199")
    return moment.astimezone(UTC)


def _check_printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "Takes printable characters only")
    return text


_Time = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_check_text), AfterValidator(_check_plausible)]
EndStatus = TypeAliasType(
    "EndStatus",
    Annotated[Literal["Succeeded", "Failed", "Canceled"], Field(description="The status of an export that has ended.")],
)
_Reference = Annotated[str, AfterValidator(_check_printable)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


_AnyBody = TypeVar("_AnyBody", bound=_Body)


class SubjectBody(_Body):
    """Whose data to export."""

    type: Literal["user", "inboundSharedUserProfile"]
    """`user`, or `inboundSharedUserProfile`: an external person, B2B direct connect."""
    id: str = Field(max_length=_MAX_ID_LENGTH, json_schema_extra={"pattern": f"^({GUID}|{_PRINCIPAL_NAME.pattern})$"})
    """The object id; for a user also the user principal name, which is looked up first and not kept."""

    @model_validator(mode="after")
    def _id_fits_type(self) -> Self:
        takes_name = SubjectType(self.type) is SubjectType.USER
        if is_guid(self.id) or (takes_name and _PRINCIPAL_NAME.fullmatch(self.id)):
            return self
        takes = "an object id (a GUID)" + (" or a user principal name" if takes_name else "")
        raise PydanticCustomError("impossible_id", "{message}", {"message": f"Takes {takes}"})

    def subject(self) -> Subject:
        """The subject, its object id in lower case."""
        kind = SubjectType(self.type)
        return Subject(kind, self.id.lower()) if is_guid(self.id) else Subject(kind, None, self.id)


class ExportBody(_Body):
    """The body of `POST /exports`."""

    # The digest of a request is taken from all fields as JSON. If one is renamed, moved or added, a request that is
    # sent again after a deployment gets another digest, and its idempotency key is refused with 422.
    subject: SubjectBody
    """The person whose data to export."""
    reference: _Reference | None = Field(default=None, min_length=1, max_length=128)
    """Your own reference, of printable characters."""
    receivedDateTime: _Time | None = None  # noqa: N815 - the API's name
    """When the person's request arrived, which starts the legal clock; default now."""
    dueDateTime: _Time | None = None  # noqa: N815
    """The deadline, after `receivedDateTime`; by default the setting `EXPORT_DUE_DAYS` after it."""
    callbackUrl: str | None = None  # noqa: N815
    """Where to send a callback when the export ends: HTTPS, on a host that the deployment allows."""
    allowDuplicate: bool = False  # noqa: N815
    """Whether the same person may have another open export; default false."""

    @model_validator(mode="after")
    def _due_after_received(self) -> Self:
        received, due = self.receivedDateTime, self.dueDateTime
        if received is not None and due is not None and due < received:
            raise PydanticCustomError("due_too_early", "Takes a time after receivedDateTime")
        return self

    def request(self) -> ExportRequest:
        """What it asks for."""
        return ExportRequest(
            subject=self.subject.subject(),
            reference=self.reference,
            received_at=self.receivedDateTime,
            due_at=self.dueDateTime,
            allow_duplicate=self.allowDuplicate,
            callback_url=self.callbackUrl,
            digest=hashlib.sha256(self.model_dump_json().encode()).hexdigest(),
        )


class LinksBody(_Body):
    """The body of `POST /exports/{id}/links`."""

    files: list[Annotated[str, Field(min_length=1, max_length=1024)]] = Field(min_length=1, max_length=50)
    """Names of files, as the manifest has them."""


class SubscriptionBody(_Body):
    """The body of `POST /subscriptions`."""

    callbackUrl: str  # noqa: N815 - the API's name
    """Where to send a callback when an export ends: HTTPS, on a host that the deployment allows."""
    status: list[EndStatus] | None = Field(default=None, min_length=1, max_length=3)
    """The ends to be told of; by default all."""
    reference: _Reference | None = Field(default=None, min_length=1, max_length=128)
    """Only exports with this reference; by default all."""


def read_export(body: bytes, cloud: Cloud) -> ExportRequest:
    """What a body of `POST /exports` asks for.

    Raises:
        ApiError: 400, with the code, the message and the field of each thing that is wrong.
    """
    return _export_request(_read(lambda: ExportBody.model_validate_json(body)), cloud)


def read_export_item(item: object, cloud: Cloud) -> ExportRequest:
    """What an item of a batch asks for; it is read like the body of `POST /exports`.

    Args:
        item: a JSON value, or the fields of a CSV row.
        cloud: the deployment's national cloud.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    if _has_lone_surrogate(item):  # JSON that is no Unicode text; Python's reader passes it, pydantic's refuses it
        raise ApiError(ApiErrorCode.INVALID_JSON, "body: Takes Unicode text; half of a surrogate pair is none.", "body")
    return _export_request(_read(lambda: ExportBody.model_validate(item)), cloud)


def read_batch(body: bytes) -> list[object]:
    """The items of a batch in JSON, each still to be read.

    Raises:
        ApiError: 400 InvalidJson, InvalidValue.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(ApiErrorCode.INVALID_JSON, "The body is not JSON, or is nested too deeply.", "body") from None
    if not isinstance(given, dict) or set(given) != {"exports"} or not isinstance(given["exports"], list):
        raise ApiError(ApiErrorCode.INVALID_VALUE, 'Send {"exports": [...]}, each as for POST /exports.', "body")
    return given["exports"]


def read_links(body: bytes) -> list[str]:
    """The names of the files that a body asks links for, each once.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return list(dict.fromkeys(_read(lambda: LinksBody.model_validate_json(body)).files))


def read_subscription(body: bytes) -> SubscriptionRequest:
    """What a body subscribes to.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = _read(lambda: SubscriptionBody.model_validate_json(body))
    return SubscriptionRequest(read.callbackUrl, frozenset(Status(name) for name in read.status or ()), read.reference)


def _export_request(body: ExportBody, cloud: Cloud) -> ExportRequest:
    kind = SubjectType(body.subject.type)
    if kind not in cloud.submit_versions:
        message = f"Microsoft Graph can't export a subject of the type {kind} in the cloud {cloud.name}."
        raise ApiError(ApiErrorCode.NOT_IN_THIS_CLOUD, message, "subject.type")
    return body.request()


def _read(validate: Callable[[], _AnyBody]) -> _AnyBody:
    try:
        return validate()
    except ValidationError as error:
        found = tuple(_refusal(each) for each in error.errors(include_url=False, include_input=False))
    first = found[0]
    raise ApiError(ApiErrorCode.named(first.code), first.message, first.target, found)


def _refusal(error: Any) -> Refusal:  # noqa: ANN401 - pydantic's ErrorDetails
    kind = error["type"]
    target = ".".join(str(part) for part in (*error["loc"], *_FIELDS.get(kind, ()))) or "body"
    message = f"{target}: {_MESSAGES.get(kind, error['msg'])}."
    return Refusal(_CODES.get(kind, ApiErrorCode.INVALID_VALUE), message, target)


def _has_lone_surrogate(value: object) -> bool:
    left = [value]
    while left:  # without recursion: a value can be nested more deeply than Python's stack
        match left.pop():
            case str() as text if _LONE_SURROGATE.search(text):
                return True
            case list() as items:
                left += items
            case dict() as fields:
                left += [*fields, *fields.values()]
    return False
