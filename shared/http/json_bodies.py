"""Reads JSON bodies into models, and says of each fault which field has it and what that takes."""

from __future__ import annotations

import codecs
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError, from_json

from shared.exports.exceptions import Refusal
from shared.exports.ids import strip_copied
from shared.exports.timestamps import TIMESTAMP_EXAMPLE, parse_timestamp
from shared.http.api_errors import ApiError, ApiErrorCode

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


Time = Annotated[datetime, BeforeValidator(_read_time), AfterValidator(_check_plausible)]
"""A time with a zone, of the years 2000 to 2199."""
Stripped = Annotated[str, BeforeValidator(_stripped)]
"""Text without the blanks and invisible characters that were copied along."""
Printable = Annotated[str, AfterValidator(_check_printable)]
"""Text of printable characters."""
Reason = Annotated[
    str,
    Field(max_length=500),  # as it was sent: so nothing is accepted that the OpenAPI document forbids
    AfterValidator(strip_copied),
    AfterValidator(_check_printable),
    Field(min_length=1),
]
"""Printable text of some sentences, without the blanks and invisible characters that were copied along."""


class JsonBody(BaseModel):
    """What the model of every body, and of every object in one, is made from."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_fields(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, dict) and len(value) > _MAX_FIELDS:
            raise PydanticCustomError("too_many_fields", "Takes an object with fewer fields")
        return value


_AnyJsonBody = TypeVar("_AnyJsonBody", bound=JsonBody)


def read_json(body: bytes) -> object:
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


def read_model(kind: type[_AnyJsonBody], value: object) -> _AnyJsonBody:
    """A JSON value as a model of this kind.

    Raises:
        ApiError: 400, with the code, the message and the field of each thing that is wrong.
    """
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
