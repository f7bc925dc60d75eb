"""A storage account in memory: containers, blobs, stored policies, and the signed URLs that were made for them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

ENDPOINT = "https://exports.blob.core.windows.net"


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob, written once."""

    content: bytes
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """From when to when a signed URL lets its holder in."""

    starts_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """A stored access policy: its times, and from when on the account knows of it."""

    times: Times
    counts_from: datetime


@dataclass(slots=True)
class Container:
    """A container with its blobs by name; `policy` is its only stored policy."""

    created_at: datetime
    blobs: dict[str, Blob] = field(default_factory=dict)
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed URL that was made. Without times of its own it rests on the container's stored policy.

    `blob` is the only one that it lets read; without, it lets write into the whole container.
    """

    container: str
    signature: str
    times: Times | None
    blob: str | None = None


class Account:
    """The account. Nothing here yields: what happens to the calls is the stand-ins' and the driver's business.

    Attributes:
        policy_lag: how long a new policy takes to count.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.policy_lag = timedelta()
        self.containers: dict[str, Container] = {}
        self._deleted_until: dict[str, datetime] = {}
        self.signed: dict[str, Signed] = {}

    def sign(self, container: str, times: Times | None, blob: str | None = None) -> str:
        """A signed URL with a signature like a real one: base64 of 32 bytes."""
        signature = base64.b64encode(self._random.randbytes(32)).decode()
        self.signed[signature] = Signed(container, signature, times, blob)
        path, allows = (container, "sr=c&sp=acw") if blob is None else (f"{container}/{quote(blob)}", "sr=b&sp=r")
        rest = "si=export" if times is None else f"st={times.starts_at:%FT%TZ}&se={times.expires_at:%FT%TZ}"
        return f"{ENDPOINT}/{path}?{rest}&spr=https&sv=2024-11-04&{allows}&sig={quote(signature, safe='')}"

    def signature_of(self, url: str) -> Signed | None:
        """What the query of a URL was made as; None where it is not one of this account's."""
        found = parse_qs(urlsplit(url).query).get("sig", [""])[0]
        return self.signed.get(found)

    def can_write(self, signed: Signed, now: datetime) -> bool:
        """Whether the signed URL lets its holder write at that time."""
        container = self.containers.get(signed.container)
        if container is None or signed.blob is not None:
            return False
        policy = container.policy if signed.times is None else Policy(signed.times, now)
        return policy is not None and now >= policy.counts_from and _is_within(policy.times, now)

    def set_policy(self, container: str, times: Times, now: datetime) -> bool:
        """Sets a container's policy; False where there is no such container. One that counts is moved at once."""
        found = self.containers.get(container)
        if found is None:
            return False
        counts_from = now + self.policy_lag if found.policy is None else found.policy.counts_from
        found.policy = Policy(times, counts_from)
        return True

    def delete(self, name: str, until: datetime) -> bool:
        """Deletes a container, whose name can be taken again from `until` on; whether there was one."""
        self._deleted_until[name] = until
        return self.containers.pop(name, None) is not None

    def is_being_deleted(self, name: str, now: datetime) -> bool:
        """Whether that name can't be taken yet."""
        return name in self._deleted_until and now < self._deleted_until[name]

    def write(self, container: str, name: str, content: bytes, now: datetime) -> None:
        """Puts a blob into a container that exists."""
        self.containers[container].blobs[name] = Blob(content, now)


def _is_within(times: Times, now: datetime) -> bool:
    return times.starts_at <= now < times.expires_at
