"""The ids of exports, and what counts as a GUID."""

from __future__ import annotations

import re
import uuid

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EXPORT_NAMESPACE = uuid.UUID("6f2b7c1e-6a0d-4b53-9b1c-0d9f3f5f6a11")


def is_guid(text: str) -> bool:
    """Whether the text is a GUID in its usual form, with hyphens and without braces."""
    return _GUID.fullmatch(text) is not None


def new_export_id() -> str:
    """A fresh id, a GUID in lower case."""
    return str(uuid.uuid4())


def repeatable_export_id(caller: str, key: str) -> str:
    """The id that a caller's idempotency key stands for: the same for the same pair, whoever asks and when."""
    return str(uuid.uuid5(_EXPORT_NAMESPACE, f"{len(caller)}:{caller}{key}"))
