"""What the document says of one call, and what many of them have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.http import answers
from shared.http.auth import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is sent: a type, or a schema where no type says it; with names of examples."""

    schema: Any
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered where all is well; `headers` are those beside the headers of every answer."""

    status: int
    meaning: str
    type: Any = None
    examples: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call. `id` is its function's name; `roles` are sets of roles, of which a caller needs one (none: anybody)."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    roles: tuple[frozenset[Role], ...]
    parameters: tuple[str, ...] = ()
    body: Mapping[str, Content] = field(default_factory=dict)
    answers: tuple[Answer, ...]
    faults: tuple[str, ...]


ASKERS = (frozenset({Role.READ}), frozenset({Role.SUBMIT}), frozenset({Role.ADMIN}))
SUBMITTERS = (frozenset({Role.SUBMIT}), frozenset({Role.ADMIN}))
READERS = (frozenset({Role.READ}), frozenset({Role.ADMIN}))
DOWNLOADERS = (
    frozenset({Role.DOWNLOAD, Role.READ}),
    frozenset({Role.DOWNLOAD, Role.SUBMIT}),
    frozenset({Role.ADMIN}),
)

CALLER = ("Unauthorized", "Forbidden")
BODY = ("MissingBody", "InvalidJson", "MissingField", "UnknownField", "InvalidValue")
BODY_FORM = ("BodyTooLarge", "UnsupportedMediaType")
FOUND = (*CALLER, "ExportNotFound", "StorageUnavailable")
CHANGED = (*FOUND, "Busy")
KEY_PARAMETERS = ("idempotencyKey", "repeatabilityRequestId")


def accepted(meaning: str, example: str) -> Answer:
    """202 and the export, with where to follow it."""
    return Answer(
        status=202,
        meaning=meaning,
        type=answers.Export,
        examples=(example,),
        headers=("Location", "Operation-Location", "Retry-After"),
    )
