"""Host names: what counts as one, and which are this machine."""

from __future__ import annotations

import re

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
# The last label is no number in any spelling, so the whole is no address in any.
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z|0x[0-9a-f]*\Z){_LABEL}", re.ASCII)
_MAX_LENGTH = 253


def is_host_name(text: str) -> bool:
    """Whether the text is a full host name in lower case: ASCII (other scripts as xn--…), no address, no final dot."""
    return len(text) <= _MAX_LENGTH and _HOST_NAME.fullmatch(text) is not None
