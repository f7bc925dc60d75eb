"""The bodies of requests in JSON: which fields each has, and what use cases take in their place."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from shared.exports import states_and_codes
from shared.exports.export import ExportRequest, Subject
from shared.exports.ids import GUID, is_guid
from shared.exports.states_and_codes import DeliveryEvent, PackageLanguage, Status, SubjectType
from shared.exports.transitions.deadline import ClockChange, Extend, Pause, Resume
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.json_bodies import JsonBody, Printable, Reason, Stripped, Time, read_json, read_model
from shared.use_cases.create_download_links import LINK_LIFETIME, MAX_PACKAGE_LINK_LIFETIME, PackageLinksRequest
from shared.use_cases.manage_subscriptions import SubscriptionRequest

if TYPE_CHECKING:
    from shared.national_clouds import Cloud

_PRINCIPAL_NAME = re.compile(r"[A-Za-z0-9'._!#$^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MINUTE = timedelta(minutes=1)
_MAX_ID_LENGTH = 256
_WITH_FILES = "Takes nothing where there are files"
_FIELDS_OF_ACTION = {"extend": {"dueDateTime", "reason"}, "pause": {"reason"}, "resume": set[str]()}
"""The fields beside `action` that each change of the clock takes and requires."""
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


class SubjectBody(JsonBody):
    """Whose data to export."""

    type: Literal["user", "inboundSharedUserProfile"]
    """`user`, or `inboundSharedUserProfile`: an external person, B2B direct connect."""
    id: Stripped = Field(
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


class ExportBody(JsonBody):
    """The body of `POST /exports`."""

    # The digest of a request is taken from all fields as JSON. If one is renamed, moved or added, a request that is
    # sent again after a deployment gets another digest, and its idempotency key is refused with 422.
    subject: SubjectBody
    """The person whose data to export."""
    reference: Printable | None = Field(default=None, min_length=1, max_length=128)
    """Your own reference, of printable characters."""
    receivedDateTime: Time | None = None  # noqa: N815 - the API's name
    """When the person's request arrived, which starts the legal clock; default now."""
    dueDateTime: Time | None = None  # noqa: N815
    """The deadline, after `receivedDateTime`; by default the setting `EXPORT_DUE` after it, a month if not set."""
    callbackUrl: Stripped | None = None  # noqa: N815
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


class DeadlineBody(JsonBody):
    """The body of `POST /exports/{id}/deadline`."""

    action: Literal["extend", "pause", "resume"]
    """`extend` sets a later deadline; `pause` stops the clock; `resume` moves the deadline by as long as it stood."""
    dueDateTime: Time | None = None  # noqa: N815 - the API's name
    """The new deadline, later than the present one: of `extend`, which requires it."""
    reason: Reason | None = None
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


class LinksBody(JsonBody):
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


class PackageBody(JsonBody):
    """The body of `POST /exports/{id}/package`."""

    language: Language = "en"
    """What the package speaks to the person in; default English."""


class HandoverBody(JsonBody):
    """The body of `POST /exports/{id}/handover`."""

    handedOverDateTime: Time | None = None  # noqa: N815 - the API's name
    """When the person got the answer, from `receivedDateTime` on and not in the future; default now."""
    method: HandoverMethod | None = None
    """How the person got it; by default this is not recorded."""


class HoldBody(JsonBody):
    """The body of `PUT /exports/{id}/hold` and of `PUT /holds`."""

    reason: Reason
    """Why the data is kept, in your own words, such as the number of a case. Name no person."""


class SubscriptionBody(JsonBody):
    """The body of `POST /subscriptions`."""

    callbackUrl: Stripped  # noqa: N815 - the API's name
    """Where to send the callbacks: HTTPS, on a host that the deployment allows."""
    events: list[SubscriptionEvent] | None = Field(default=None, min_length=1, max_length=2)
    """What to be told of: that an export ended, that its person was answered, or both; by default `ended`."""
    status: list[EndStatus] | None = Field(default=None, min_length=1, max_length=3)
    """Only exports that ended with one of these statuses; by default all."""
    reference: Printable | None = Field(default=None, min_length=1, max_length=128)
    """Only exports with this reference; by default all."""


def read_export(body: bytes, cloud: Cloud) -> ExportRequest:
    """What a body of `POST /exports` asks for.

    Raises:
        ApiError: 400, with the code, the message and the field of each thing that is wrong.
    """
    return read_export_item(read_json(body), cloud)


def read_export_item(item: object, cloud: Cloud) -> ExportRequest:
    """What an item of a batch asks for; it is read like the body of `POST /exports`.

    Args:
        item: a JSON value, or the fields of a CSV row.
        cloud: the deployment's national cloud.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    body = read_model(ExportBody, item)
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
    given = read_json(body)
    if not isinstance(given, dict) or set(given) != {"exports"} or not isinstance(given["exports"], list):
        raise ApiError(ApiErrorCode.INVALID_VALUE, 'Send {"exports": [...]}, each as for POST /exports.', "body")
    return given["exports"]


def read_links(body: bytes) -> list[str] | PackageLinksRequest:
    """What a body asks links for: the names of files, each once, or a package.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = read_model(LinksBody, read_json(body))
    if read.package is None:
        return list(dict.fromkeys(read.files or ()))
    lifetime = LINK_LIFETIME if read.expiresInMinutes is None else read.expiresInMinutes * _MINUTE
    return PackageLinksRequest(PackageLanguage(read.package), lifetime)


def read_package(body: bytes) -> PackageLanguage:
    """The language of the package that a body asks for.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return PackageLanguage(read_model(PackageBody, read_json(body)).language)


def read_clock_change(body: bytes) -> ClockChange:
    """What a body asks to do with the clock of an export.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return read_model(DeadlineBody, read_json(body)).change()


def read_hold(body: bytes) -> str:
    """Why a body wants exported data to be kept.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    return read_model(HoldBody, read_json(body)).reason


def read_subscription(body: bytes) -> SubscriptionRequest:
    """What a body subscribes to.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = read_model(SubscriptionBody, read_json(body))
    statuses = frozenset(Status(name) for name in read.status or ())
    events = frozenset(DeliveryEvent(name) for name in read.events or (DeliveryEvent.ENDED,))
    return SubscriptionRequest(read.callbackUrl, statuses, read.reference, events)


def read_handover(body: bytes) -> tuple[datetime | None, states_and_codes.HandoverMethod | None]:
    """When the person got the answer and how, as far as a body says it.

    Raises:
        ApiError: 400, as for `read_export`.
    """
    read = read_model(HandoverBody, read_json(body))
    return read.handedOverDateTime, read.method and states_and_codes.HandoverMethod(read.method)
