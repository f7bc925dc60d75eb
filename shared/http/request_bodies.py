"""JSON bodies: what callers send, checked field by field, and turned into what use cases take."""

from __future__ import annotations

import codecs
import hashlib
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError, from_json
from typing_extensions import TypeAliasType

from shared.exports import states_and_codes
from shared.exports.exceptions import Refusal
from shared.exports.export import ExportRequest, Subject
from shared.exports.ids import GUID, is_guid, strip_copied
from shared.exports.states_and_codes import DeliveryEvent, PackageLanguage, Status, SubjectType
from shared.exports.timestamps import TIMESTAMP_EXAMPLE, parse_timestamp
from shared.exports.transitions.deadline import ClockChange, Extend, Pause, Resume
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.use_cases.create_download_links import LINK_LIFETIME, MAX_PACKAGE_LINK_LIFETIME, PackageLinksRequest
from shared.use_cases.manage_subscriptions import SubscriptionRequest

if TYPE_CHECKING:
    from shared.national_clouds import Cloud

_PRINCIPAL_NAME = re.compile(r"[A-Za-z0-9'._!#$^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MINUTE = timedelta(minutes=1)
_MAX_ID_LENGTH = 256
_MAX_FIELDS = 50
"""How many fields an object is read with: each that is unknown costs time and a part of the response."""
_MAX_NAME_LENGTH = 64
"""How much of the name of an unknown field is given back. It is the caller's own text, of any length."""
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_CODES = {
    "missing": ApiErrorCode.MISSING_FIELD,
    "missing_in_action": ApiErrorCode.MISSING_FIELD,
    "extra_forbidden": ApiErrorCode.UNKNOWN_FIELD,
    "no_files": ApiErrorCode.MISSING_FIELD,
    "forbidden_in_action": ApiErrorCode.UNKNOWN_FIELD,
}
"""By the type of pydantic's error; any other is InvalidValue."""
_MESSAGES = {
    "missing": "Is required",
    "extra_forbidden": "There is no such field",
    "model_type": "Takes an object",
    "string_type": "Takes text",
    "bool_type": "Takes true or false",
    "int_type": "Takes a whole number",
    "list_type": "Takes a list",
}
"""In place of pydantic's own, which speak of Python and of inputs."""
_TAKES_TIME = f"Takes a date and time with a zone in ISO 8601, such as {TIMESTAMP_EXAMPLE}"
_WITH_FILES = "Takes nothing where there are files"
_FIELDS_OF_ACTION = {"extend": {"dueDateTime", "reason"}, "pause": {"reason"}, "resume": set[str]()}
"""The fields beside `action` that each change of the clock takes and requires."""


def _stripped(value: object) -> object:
    return strip_copied(value) if isinstance(value, str) else value


def _read_time(value: object) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError):
            return parse_timestamp(value.strip())
    raise PydanticCustomError("no_time", "{message}", {"message": _TAKES_TIME})


def _check_plausible(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise PydanticCustomError("implausible_time", "Takes a time from the years 2000 to 2199")
    return moment


def _check_printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "Takes printable characters only")
    return text


_Time = Annotated[datetime, BeforeValidator(_read_time), AfterValidator(_check_plausible)]
_Stripped = Annotated[str, BeforeValidator(_stripped)]
EndStatus = TypeAliasType(
    "EndStatus",
    Annotated[Literal["Succeeded", "Failed", "Canceled"], Field(description="The status of an export that has ended.")],
)
Language = TypeAliasType(
    "Language",
    Annotated[Literal["en", "de", "fr", "es"], Field(description="What a package speaks to the person in.")],
)
SubscriptionEvent = TypeAliasType(
    "SubscriptionEvent",
    Annotated[
        Literal["ended", "handedOver"],
        Field(description="What a subscription is to be told of: the end of an export, or the answer to its person."),
    ],
)
HandoverMethod = TypeAliasType(
    "HandoverMethod",
    Annotated[
        Literal["link", "portal", "email", "post", "inPerson", "other"],
        Field(description="How a person was given the answer."),
    ],
)
_Reference = Annotated[str, AfterValidator(_check_printable)]
_Reason = Annotated[str, BeforeValidator(_stripped), AfterValidator(_check_printable)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_fields(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, dict) and len(value) > _MAX_FIELDS:
            raise PydanticCustomError("too_many_fields", "Takes an object with fewer fields")
        return value


_AnyBody = TypeVar("_AnyBody", bound=_Body)


class SubjectBody(_Body):
    """Whose data to export."""

    type: Literal["user", "inboundSharedUserProfile"]
    """`user`, or `inboundSharedUserProfile`: an external person, B2B direct connect."""
    id: _Stripped = Field(
        max_length=_MAX_ID_LENGTH, json_schema_extra={"pattern": f"^({GUID}|{_PRINCIPAL_NAME.pattern})$"}
    )
    """The object id; for a user also the user principal name, which is looked up first and not kept."""

    @model_validator(mode="after")
    def _id_fits_type(self) -> Self:
        takes_name = SubjectType(self.type) is SubjectType.USER
        if is_guid(self.id) or (takes_name and _PRINCIPAL_NAME.fullmatch(self.id)):
            return self
        takes = "an object id (a GUID)" + (" or a user principal name" if takes_name else "")
        raise PydanticCustomError("impossible_id", "Takes {takes}", {"takes": takes, "field": "id"})

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
    """The deadline, after `receivedDateTime`; by default the setting `EXPORT_DUE` after it, a month if not set."""
    callbackUrl: _Stripped | None = None  # noqa: N815
    """Where to send a callback when the export ends: HTTPS, on a host that the deployment allows."""
    allowDuplicate: bool = False  # noqa: N815
    """Whether the same person may have another open export; default false."""

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


class DeadlineBody(_Body):
    """The body of `POST /exports/{id}/deadline`."""

    action: Literal["extend", "pause", "resume"]
    """`extend` sets a later deadline; `pause` stops the clock; `resume` moves the deadline by as long as it stood."""
    dueDateTime: _Time | None = None  # noqa: N815 - the API's name
    """The new deadline, later than the present one: of `extend`, which requires it."""
    reason: _Reason | None = Field(default=None, min_length=1, max_length=500)
    """Why, in printable characters without personal data: of `extend` and `pause`, which require it."""

    @model_validator(mode="after")
    def _fields_fit_action(self) -> Self:
        given = {name for name in ("dueDateTime", "reason") if getattr(self, name) is not None}
        takes = _FIELDS_OF_ACTION[self.action]
        for name in sorted(takes - given):
            raise PydanticCustomError("missing_in_action", "Is required", {"field": name})
        for name in sorted(given - takes):
            message = "There is no such field where the action is {action}"
            raise PydanticCustomError("forbidden_in_action", message, {"action": self.action, "field": name})
        return self

    def change(self) -> ClockChange:
        """What it asks for."""
        if self.dueDateTime is not None and self.reason is not None:
            return Extend(self.dueDateTime, self.reason)
        return Resume() if self.reason is None else Pause(self.reason)


class LinksBody(_Body):
    """The body of `POST /exports/{id}/links`: either `files`, or `package`."""

    files: list[Annotated[str, Field(min_length=1, max_length=1024)]] | None = Field(
        default=None, min_length=1, max_length=50
    )
    """Names of files, as the manifest has them."""
    package: Language | None = None
    """The language of a package, to get a link to each of its zips."""
    expiresInMinutes: int | None = Field(  # noqa: N815 - the API's name
        default=None, ge=LINK_LIFETIME // _MINUTE, le=MAX_PACKAGE_LINK_LIFETIME // _MINUTE
    )
    """How long links to a package last; default 15. Links to files always last 15 minutes."""

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> Self:
        if self.files is None and self.package is None:
            raise PydanticCustomError("no_files", "Is required where there is no package", {"field": "files"})
        if self.files is not None and self.package is not None:
            raise PydanticCustomError("files_and_package", _WITH_FILES, {"field": "package"})
        if self.files is not None and self.expiresInMinutes is not None:
            raise PydanticCustomError("files_expire", _WITH_FILES, {"field": "expiresInMinutes"})
        return self


class PackageBody(_Body):
    """The body of `POST /exports/{id}/package`."""

    language: Language = "en"
    """What the package speaks to the person in; default English."""


class HandoverBody(_Body):
    """The body of `POST /exports/{id}/handover`."""

    handedOverDateTime: _Time | None = None  # noqa: N815 - the API's name
    """When the person got the answer, from `receivedDateTime` on and not in the future; default now."""
    method: HandoverMethod | None = None
    """How the person got it; by default this is not recorded."""


class HoldBody(_Body):
    """The body of `PUT /exports/{id}/hold` and of `PUT /holds`."""

    reason: _Reason = Field(min_length=1, max_length=500)
    """Why the data is kept, in your own words, such as the number of a case. Name no person."""


class SubscriptionBody(_Body):
    """The body of `POST /subscriptions`."""

    callbackUrl: _Stripped  # noqa: N815 - the API's name
    """Where to send the callbacks: HTTPS, on a host that the deployment allows."""
    events: list[SubscriptionEvent] | None = Field(default=None, min_length=1, max_length=2)
    """What to be told of: that an export ended, that its person was answered, or both; by default `ended`."""
    status: list[EndStatus] | None = Field(default=None, min_length=1, max_length=3)
    """Only exports that ended with one of these statuses; by default all."""
    reference: _Reference | None = Field(default=None, min_length=1, max_length=128)
    """Only exports with this reference; by default all."""


def read_export(body: bytes, cloud: Cloud) -> ExportRequest:
    """What a body of `POST /exports` asks for.

    Raises:
        ApiError: 400, with the code, the message and the field of each thing that is wrong.
    """
    return read_export_item(_from_json(body), cloud)


def read_export_item(item: object, cloud: Cloud) -> ExportRequest:
    """What an item of a batch asks for; it is read like the body of `POST /exports`.

    Args:
        item: a JSON value, or the fields of a CSV row.
        cloud: the deployment's national cloud.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    body = _read(ExportBody, item)
    kind = SubjectType(body.subject.type)
    if kind not in cloud.submit_versions:
        message = f"Microsoft Graph can't export a subject of the type {kind} in the cloud {cloud.name}."
        raise ApiError(ApiErrorCode.NOT_IN_THIS_CLOUD, message, "subject.type")
    return body.request()


def read_batch(body: bytes) -> list[object]:
    """The items of a batch in JSON, each still to be read.

    Raises:
        ApiError: 400 InvalidJson, InvalidValue.
    """
    given = _from_json(body)
    if not isinstance(given, dict) or set(given) != {"exports"} or not isinstance(given["exports"], list):
        raise ApiError(ApiErrorCode.INVALID_VALUE, 'Send {"exports": [...]}, each as for POST /exports.', "body")
    return given["exports"]


def read_links(body: bytes) -> list[str] | PackageLinksRequest:
    """What a body asks links for: the names of files, each once, or a package.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = _read(LinksBody, _from_json(body))
    if read.package is None:
        return list(dict.fromkeys(read.files or ()))
    lifetime = LINK_LIFETIME if read.expiresInMinutes is None else read.expiresInMinutes * _MINUTE
    return PackageLinksRequest(PackageLanguage(read.package), lifetime)


def read_package(body: bytes) -> PackageLanguage:
    """The language of the package that a body asks for.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return PackageLanguage(_read(PackageBody, _from_json(body)).language)


def read_clock_change(body: bytes) -> ClockChange:
    """What a body asks to do with the clock of an export.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return _read(DeadlineBody, _from_json(body)).change()


def read_hold(body: bytes) -> str:
    """Why a body wants exported data to be kept.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return _read(HoldBody, _from_json(body)).reason


def read_subscription(body: bytes) -> SubscriptionRequest:
    """What a body subscribes to.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = _read(SubscriptionBody, _from_json(body))
    statuses = frozenset(Status(name) for name in read.status or ())
    events = frozenset(DeliveryEvent(name) for name in read.events or (DeliveryEvent.ENDED,))
    return SubscriptionRequest(read.callbackUrl, statuses, read.reference, events)


def read_handover(body: bytes) -> tuple[datetime | None, states_and_codes.HandoverMethod | None]:
    """When the person got the answer and how, as far as a body says it.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = _read(HandoverBody, _from_json(body))
    return read.handedOverDateTime, read.method and states_and_codes.HandoverMethod(read.method)


def _from_json(body: bytes) -> object:
    """The value of a JSON text in UTF-8, with or without a byte order mark, which PowerShell and .NET write.

    The reader refuses what would be costly or is no text: deep nesting, long numbers and half of a surrogate pair.

    Raises:
        ApiError: 400 InvalidJson.
    """
    try:
        return from_json(body.removeprefix(codecs.BOM_UTF8), allow_inf_nan=False)
    except ValueError as error:
        message = f"body: This is not JSON in UTF-8 ({error})."
        raise ApiError(ApiErrorCode.INVALID_JSON, message, "body") from None


def _read(kind: type[_AnyBody], value: object) -> _AnyBody:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        found = tuple(_refusal(each) for each in error.errors(include_url=False, include_input=False))
    first = found[0]
    raise ApiError(ApiErrorCode.named(first.code), first.message, first.target, found)


def _refusal(error: Any) -> Refusal:  # noqa: ANN401 - pydantic's ErrorDetails
    kind = error["type"]
    # A validator of a whole object says which field it is about.
    field = error.get("ctx", {}).get("field")
    target = _path((*error["loc"], field) if field else error["loc"]) or "body"
    says = _MESSAGES.get(kind) or _length_message(error) or error["msg"].replace("Input should be", "Takes")
    return Refusal(_CODES.get(kind, ApiErrorCode.INVALID_VALUE), f"{target}: {says}.", target)


def _length_message(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """How long a text or a list may be, if that is what is wrong."""
    context = error.get("ctx", {})
    bound = next((name for name in ("min_length", "max_length") if name in context), None)
    if bound is None:
        return ""
    unit = "item" if context.get("field_type") == "List" else "character"
    number = context[bound]
    return f"Takes at {'least' if bound == 'min_length' else 'most'} {number:,} {unit}{'' if number == 1 else 's'}"


def _path(parts: tuple[object, ...]) -> str:
    """The way to a value: `subject.id`, `files[0]`."""
    named = "".join(f"[{part}]" if isinstance(part, int) else f".{_named(part)}" for part in parts)
    return named.removeprefix(".")


def _named(part: object) -> str:
    name = str(part)
    shown = name if len(name) <= _MAX_NAME_LENGTH else f"{name[:_MAX_NAME_LENGTH]}…"
    return "".join(character if character.isprintable() else "�" for character in shown)
