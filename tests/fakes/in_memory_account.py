"""A storage account in memory: containers, blobs, stored policies, and the signed URLs that were made for them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

ENDPOINT = "https://exports.blob.core.windows.net"
DELETION_TIME = timedelta(seconds=30)
"""How long the name of a deleted container can't be used again (Azure's "Delete Container" documents at least 30 s)."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob, written once, or put together from `blocks` by their ids."""

    content: bytes
    modified_at: datetime
    blocks: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Validity:
    """The time in which a grant is valid."""

    starts_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """A stored access policy, and when it starts to count."""

    validity: Validity
    counts_from: datetime


@dataclass(slots=True)
class Container:
    """A container with its blobs by name; `policy` is its only stored policy.

    `uncommitted` has the blocks of each blob that are in no blob yet, by their ids.
    """

    created_at: datetime
    blobs: dict[str, Blob] = field(default_factory=dict)
    policy: Policy | None = None
    uncommitted: dict[str, dict[str, bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """What a signed URL allows: to read `blob`, or else to write into the container.

    Without a validity of its own it depends on the container's stored policy.
    """

    container: str
    signature: str
    validity: Validity | None
    blob: str | None = None


class InMemoryAccount:
    """A storage account. Nothing waits and nothing fails: that is up to `InMemoryContainers`.

    Attributes:
        policy_lag: how long a new policy takes to count; Azure documents up to 30 s.
        containers: those that exist, by name.
        signed: all URLs that were ever signed, by signature.
    """

    def __init__(self, clock: Callable[[], datetime], random: Random | None = None) -> None:
        """An empty account.

        Args:
            clock: the time.
            random: what signatures are drawn from.
        """
        self.clock = clock
        self._random = random or Random(1)  # noqa: S311 - they only have to differ
        self._deleted_at: dict[str, datetime] = {}
        self.policy_lag = timedelta()
        self.containers: dict[str, Container] = {}
        self.signed: dict[str, SignedUrl] = {}

    def create(self, name: str) -> None:
        """Creates a container, unless it exists."""
        self.containers.setdefault(name, Container(self.clock()))

    def delete(self, name: str) -> None:
        """Deletes a container that exists."""
        self._deleted_at[name] = self.clock()
        del self.containers[name]

    def is_being_deleted(self, name: str) -> bool:
        """Whether the name can't be used again yet."""
        return name in self._deleted_at and self.clock() < self._deleted_at[name] + DELETION_TIME

    def write(self, container: str, name: str, content: bytes) -> None:
        """Puts a blob into a container that exists."""
        found = self.containers[container]
        found.blobs[name] = Blob(content, self.clock())
        found.uncommitted.pop(name, None)

    def set_policy(self, container: str, validity: Validity | None) -> None:
        """Sets or removes (None) the policy of a container. A change of one that counts already counts at once."""
        found = self.containers[container]
        counts_from = self.clock() + self.policy_lag if found.policy is None else found.policy.counts_from
        found.policy = None if validity is None else Policy(validity, counts_from)

    def sign(self, container: str, validity: Validity | None, blob: str | None = None) -> str:
        """Signs a URL to read `blob`, or else to write into the container. The signature looks like a real one."""
        signature = base64.b64encode(self._random.randbytes(32)).decode()
        self.signed[signature] = SignedUrl(container, signature, validity, blob)
        path, allows = (container, "sr=c&sp=acw") if blob is None else (f"{container}/{quote(blob)}", "sr=b&sp=r")
        rest = "si=export" if validity is None else f"st={validity.starts_at:%FT%TZ}&se={validity.expires_at:%FT%TZ}"
        return f"{ENDPOINT}/{path}?{rest}&spr=https&sv=2024-11-04&{allows}&sig={quote(signature, safe='')}"

    def signed_url(self, url: str) -> SignedUrl | None:
        """What a URL was signed for; None where it is not one of this account's."""
        found = parse_qs(urlsplit(url).query).get("sig", [""])[0]
        return self.signed.get(found)

    def can_write(self, signed: SignedUrl) -> bool:
        """Whether the signed URL lets its holder write now."""
        now, container = self.clock(), self.containers.get(signed.container)
        if container is None or signed.blob is not None:
            return False
        policy = container.policy if signed.validity is None else Policy(signed.validity, now)
        if policy is None or now < policy.counts_from:
            return False
        return policy.validity.starts_at <= now < policy.validity.expires_at
