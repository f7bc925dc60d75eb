"""What callers send and what they get, as JSON."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from shared.exports.ids import is_guid
from shared.exports.model import Request, Subject, SubjectType
from shared.http.errors import ApiError, Detail

if TYPE_CHECKING:
    from shared.clouds import Cloud

_PRINCIPAL_NAME = re.compile(r"[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MAX_ID = 256
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_CODES = {"missing": "MissingField", "extra_forbidden": "UnknownField", "json_invalid": "InvalidJson"}


def _plausible(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise PydanticCustomError("implausible_time", "Takes a time from the years 2000 to 2199")
    return moment.astimezone(UTC)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "Takes printable characters only")
    return text


_Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SubjectBody(_Body):
    """Whose data."""

    type: Literal["user", "inboundSharedUserProfile"]
    id: str = Field(max_length=_MAX_ID)

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
    reference: Annotated[str, AfterValidator(_printable)] | None = Field(default=None, min_length=1, max_length=128)
    receivedDateTime: _Moment | None = None  # noqa: N815 - the API's name
    dueDateTime: _Moment | None = None  # noqa: N815
    callbackUrl: str | None = None  # noqa: N815
    allowDuplicate: bool = False  # noqa: N815

    @model_validator(mode="after")
    def _due_after_received(self) -> Self:
        received, due = self.receivedDateTime, self.dueDateTime
        if received is not None and due is not None and due < received:
            raise PydanticCustomError("due_too_early", "Takes a time after receivedDateTime")
        return self


class LinksBody(_Body):
    """The body of `POST /exports/{id}/links`."""

    files: list[Annotated[str, Field(min_length=1, max_length=1024)]] = Field(min_length=1, max_length=50)


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


def read_export(body: bytes, cloud: Cloud) -> Request:
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
        message = "This deployment sends no callbacks: leave callbackUrl out and follow the export's Location."
        raise ApiError(400, "CallbackNotAllowed", message, "callbackUrl")
    return Request(
        subject=read.subject.subject(),
        reference=read.reference,
        received_at=read.receivedDateTime,
        due_at=read.dueDateTime,
        allow_duplicate=read.allowDuplicate,
        digest=hashlib.sha256(read.model_dump_json().encode()).hexdigest(),
    )


def _rejection(error: ValidationError) -> ApiError:
    details = tuple(_detail(fault) for fault in error.errors(include_url=False, include_input=False))
    first = details[0]
    return ApiError(400, first.code, first.message, first.target, details)


def _detail(fault: Any) -> Detail:  # noqa: ANN401 - pydantic's ErrorDetails
    # A validator of a whole object speaks of one of its fields.
    field = {"impossible_id": ("id",), "due_too_early": ("dueDateTime",)}.get(fault["type"], ())
    target = ".".join(str(part) for part in (*fault["loc"], *field)) or "body"
    return Detail(_CODES.get(fault["type"], "InvalidValue"), f"{target}: {fault['msg']}.", target)
