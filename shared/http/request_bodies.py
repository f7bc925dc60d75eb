"""JSON bodies: what callers send, checked field by field."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.exports.exceptions import CallbackNotAllowedError
from shared.exports.export import ExportRequest, Subject
from shared.exports.ids import GUID, is_guid, subscription_id
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.subscription import Subscription
from shared.http.api_errors import ApiError, Detail

if TYPE_CHECKING:
    from shared.callbacks.callback_destinations import CallbackDestinations
    from shared.national_clouds import Cloud

_PRINCIPAL_NAME = re.compile(r"[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MAX_ID = 256
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_CODES = {"missing": "MissingField", "extra_forbidden": "UnknownField", "json_invalid": "InvalidJson"}


def _check_plausible(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise PydanticCustomError("implausible_time", "Takes a time from the years 2000 to 2199")
    return moment.astimezone(UTC)


def _check_printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "Takes printable characters only")
    return text


_Moment = Annotated[AwareDatetime, AfterValidator(_check_plausible)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class SubjectBody(_Body):
    """Whose data."""

    type: Literal["user", "inboundSharedUserProfile"]
    """`user`, or `inboundSharedUserProfile`: an external person, B2B direct connect."""
    id: str = Field(max_length=_MAX_ID, json_schema_extra={"pattern": f"^({GUID}|{_PRINCIPAL_NAME.pattern})$"})
    """The object id; of a user also the user principal name, which is resolved first and not kept."""

    @model_validator(mode="after")
    def _id_can_be(self) -> Self:
        by_name = SubjectType(self.type) is SubjectType.USER
        if is_guid(self.id) or (by_name and _PRINCIPAL_NAME.fullmatch(self.id)):
            return self
        takes = "an object id (a GUID)" + (" or a user principal name" if by_name else "")
        raise PydanticCustomError("impossible_id", "{message}", {"message": f"Takes {takes}"})

    def subject(self) -> Subject:
        """The subject that it names."""
        kind = SubjectType(self.type)
        return Subject(kind, self.id.lower()) if is_guid(self.id) else Subject(kind, None, self.id)


class ExportBody(_Body):
    """The body of `POST /exports`."""

    subject: SubjectBody
    reference: Annotated[str, AfterValidator(_check_printable)] | None = Field(
        default=None, min_length=1, max_length=128
    )
    """Your own reference, of printable characters."""
    receivedDateTime: _Moment | None = None  # noqa: N815 - the API's name
    """When the person's request arrived, which starts the legal clock; default now."""
    dueDateTime: _Moment | None = None  # noqa: N815
    """The deadline, after `receivedDateTime`; by default the setting `EXPORT_DUE_DAYS` after it."""
    callbackUrl: str | None = None  # noqa: N815
    """Where to tell that the export has ended; HTTPS, on a host that the deployment allows."""
    allowDuplicate: bool = False  # noqa: N815
    """Whether another open export of the same person is all right."""

    @model_validator(mode="after")
    def _due_after_received(self) -> Self:
        received, due = self.receivedDateTime, self.dueDateTime
        if received is not None and due is not None and due < received:
            raise PydanticCustomError("due_too_early", "Takes a time after receivedDateTime")
        return self


class LinksBody(_Body):
    """The body of `POST /exports/{id}/links`."""

    files: list[Annotated[str, Field(min_length=1, max_length=1024)]] = Field(min_length=1, max_length=50)
    """Names of files, as the manifest has them."""


class SubscriptionBody(_Body):
    """The body of `POST /subscriptions`."""

    callbackUrl: str  # noqa: N815 - the API's name
    """Where to tell that an export has ended; HTTPS, on a host that the deployment allows."""
    status: list[Literal["Succeeded", "Failed", "Canceled"]] | None = Field(default=None, min_length=1, max_length=3)
    """How an export has to have ended; by default in any way."""
    reference: Annotated[str, AfterValidator(_check_printable)] | None = Field(
        default=None, min_length=1, max_length=128
    )
    """Of exports with this reference only; by default of all."""


def read_subscription(
    body: bytes, caller: str, now: datetime, destinations: CallbackDestinations
) -> tuple[Subscription, str]:
    """The subscription that a body asks for, and its URL: a secret.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    try:
        read = SubscriptionBody.model_validate_json(body)
    except ValidationError as error:
        raise _rejection(error) from None
    _check_callback(read.callbackUrl, destinations)
    statuses = frozenset(Status(name) for name in read.status or ())
    subscription = Subscription(
        id=subscription_id(caller, read.callbackUrl, [*sorted(statuses), read.reference or ""]),
        caller=caller,
        created_at=now,
        statuses=statuses,
        reference=read.reference,
    )
    return subscription, read.callbackUrl


def read_links(body: bytes) -> list[str]:
    """The names of the files that a body asks links for, each once.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    try:
        read = LinksBody.model_validate_json(body)
    except ValidationError as error:
        raise _rejection(error) from None
    return list(dict.fromkeys(read.files))


def read_export(body: bytes, cloud: Cloud, destinations: CallbackDestinations) -> ExportRequest:
    """The request that a body makes.

    Raises:
        ApiError: 400, with a code, a message and the field for everything that is wrong.
    """
    try:
        read = ExportBody.model_validate_json(body)
    except ValidationError as error:
        raise _rejection(error) from None
    kind = SubjectType(read.subject.type)
    if kind not in cloud.submit_versions:
        message = f"Microsoft Graph has no export of a subject of the type {kind} in the cloud {cloud.name}."
        raise ApiError(400, "NotInThisCloud", message, "subject.type")
    if read.callbackUrl is not None:
        _check_callback(read.callbackUrl, destinations)
    return ExportRequest(
        subject=read.subject.subject(),
        reference=read.reference,
        received_at=read.receivedDateTime,
        due_at=read.dueDateTime,
        allow_duplicate=read.allowDuplicate,
        callback_url=read.callbackUrl,
        digest=hashlib.sha256(read.model_dump_json().encode()).hexdigest(),
    )


def _check_callback(url: str, destinations: CallbackDestinations) -> None:
    try:
        destinations.check(url)
    except CallbackNotAllowedError as error:
        raise ApiError(400, "CallbackNotAllowed", f"callbackUrl: {error}", "callbackUrl") from None


def _rejection(error: ValidationError) -> ApiError:
    details = tuple(_error_detail(fault) for fault in error.errors(include_url=False, include_input=False))
    first = details[0]
    return ApiError(400, first.code, first.message, first.target, details)


def _error_detail(fault: Any) -> Detail:  # noqa: ANN401 - pydantic's ErrorDetails
    # A validator of a whole object speaks of one of its fields.
    field = {"impossible_id": ("id",), "due_too_early": ("dueDateTime",)}.get(fault["type"], ())
    target = ".".join(str(part) for part in (*fault["loc"], *field)) or "body"
    return Detail(_CODES.get(fault["type"], "InvalidValue"), f"{target}: {fault['msg']}.", target)
