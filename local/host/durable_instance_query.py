"""Which instances a call of the management API is about: its conditions, and the pages of a list.

As on the platform, a value that can't be read is as good as none.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from local.host.orchestration_instance import Instance, Status

_DEFAULT_PAGE_SIZE = 100
_STATUSES = {name.casefold() for name in (*Status, "ContinuedAsNew", "Canceled")}


@dataclass(frozen=True)
class InstanceQuery:
    """The conditions that an instance has to meet.

    Attributes:
        created_from, created_to: when it was created (aware), inclusive; None if any time does.
        statuses: names of statuses, case-folded; empty if any does.
        prefix: what its id begins with.
    """

    created_from: datetime | None
    created_to: datetime | None
    statuses: frozenset[str]
    prefix: str

    def matches(self, instance: Instance) -> bool:
        """Whether an instance meets all conditions."""
        return (
            (self.created_from is None or instance.created >= self.created_from)
            and (self.created_to is None or instance.created <= self.created_to)
            and (not self.statuses or instance.status.casefold() in self.statuses)
            and instance.id.startswith(self.prefix)
        )


def read_query(query: Mapping[str, str], *, prefix: str = "") -> InstanceQuery:
    """Read the conditions from the options of a call; times are UTC unless they say otherwise."""
    statuses = (name.strip().casefold() for name in query.get("runtimeStatus", "").split(","))
    return InstanceQuery(
        created_from=_time(query.get("createdTimeFrom", "")),
        created_to=_time(query.get("createdTimeTo", "")),
        statuses=frozenset(statuses) & _STATUSES,
        prefix=prefix,
    )


def page_size(text: str) -> int:
    """How many instances a page has, by the option `top`."""
    return int(text) if text.isascii() and text.isdigit() else _DEFAULT_PAGE_SIZE


def page(instances: Iterable[Instance], size: int, token: str | None) -> tuple[list[Instance], str | None]:
    """One page of instances, by id, and the token of the next page if there is one.

    Args:
        instances: all that are listed.
        size: of the page.
        token: what came with the page before; None for the first page. After one that isn't ours nothing is left.
    """
    first = "" if token is None else _id_of(token)
    left = [] if first is None else sorted((each for each in instances if each.id >= first), key=lambda each: each.id)
    return left[:size], _token_of(left[size].id) if len(left) > size else None


def _token_of(instance_id: str) -> str:
    return b64encode(instance_id.encode()).decode()


def _id_of(token: str) -> str | None:
    try:
        return b64decode(token.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _time(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
