"""The calls that this Graph knows, found by method and path."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from local.graph.graph_errors import (
    bad_request,
    invalid_guid,
    key_is_an_instruction,
    method_not_allowed,
    unknown_segment,
)

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IN_PARENTHESES = re.compile(r"(?P<collection>\w+)\('(?P<key>(?:[^']|'')+)'\)", re.ASCII)
"""A collection and a key in one segment; an apostrophe in the key is doubled."""
_EXPORT = "exportpersonaldata"
_ANY = "*"


class _Branches(dict[str, "_Branches"]):
    """What may follow in a path."""


_SUBJECTS = _Branches({_ANY: _Branches({_EXPORT: _Branches()})})
_OPERATIONS = _Branches({_ANY: _Branches()})
_RESOURCES = {
    "v1.0": _Branches(users=_SUBJECTS, datapolicyoperations=_OPERATIONS, directory=_Branches()),
    "beta": _Branches(
        users=_SUBJECTS,
        datapolicyoperations=_OPERATIONS,
        directory=_Branches(inboundshareduserprofiles=_SUBJECTS),
    ),
}


class SubjectType(StrEnum):
    """Whose data is exported."""

    USER = "user"
    INBOUND_PROFILE = "inboundSharedUserProfile"


@dataclass(frozen=True)
class Submit:
    """`POST …/exportPersonalData`."""

    subject_type: SubjectType
    subject_id: str
    name = "submit"


@dataclass(frozen=True)
class ReadOperation:
    """`GET dataPolicyOperations/{id}`."""

    operation_id: str
    name = "operation"


@dataclass(frozen=True)
class ReadUser:
    """`GET users/{id or user principal name}`."""

    key: str
    name = "user"


Call = Submit | ReadOperation | ReadUser


def parse_call(method: str, version: str, segments: list[str]) -> Call:
    """Find the call behind a method and the segments of a path below the version.

    The names of resources match in any case, as on Graph. A key can be in a segment of its own or in parentheses; one
    that begins with `$` only in parentheses.

    Raises:
        GraphError: There is no such version or resource (400), or it does not have this method (405).
    """
    if version not in _RESOURCES:
        raise bad_request(f"Invalid version: {version}.")
    for collection, key in pairwise(segments):
        if key.startswith("$"):
            raise key_is_an_instruction(collection)
    expected, call = _match(version, [part for segment in segments for part in _parts(segment)])
    if method != expected:
        raise method_not_allowed()
    return call


def checked_guid(text: str) -> str:
    """Return a GUID in lower case.

    Raises:
        GraphError: It is not a GUID (400).
    """
    if not is_guid(text):
        raise invalid_guid(text)
    return text.lower()


def is_guid(text: str) -> bool:
    """Whether `text` is a GUID in its usual form."""
    return _GUID.fullmatch(text) is not None


def _parts(segment: str) -> list[str]:
    found = _IN_PARENTHESES.fullmatch(segment)
    return [found["collection"], found["key"].replace("''", "'")] if found else [segment]


def _match(version: str, segments: list[str]) -> tuple[str, Call]:
    match [segment.lower() for segment in segments]:
        case ["users", _]:
            return "GET", ReadUser(segments[1])
        case ["users", _, action] if action == _EXPORT:
            return "POST", Submit(SubjectType.USER, segments[1])
        case ["datapolicyoperations", _]:
            return "GET", ReadOperation(segments[1])
        case ["directory", "inboundshareduserprofiles", _, action] if action == _EXPORT and version == "beta":
            return "POST", Submit(SubjectType.INBOUND_PROFILE, segments[2])
        case _:
            raise unknown_segment(_dead_end(version, segments))


def _dead_end(version: str, segments: list[str]) -> str:
    """The first unknown segment of a path; the last one if the path is known but has no call."""
    branches = _RESOURCES[version]
    for segment in segments:
        following = branches.get(segment.lower(), branches.get(_ANY))
        if following is None:
            return segment
        branches = following
    return segments[-1] if segments else ""
