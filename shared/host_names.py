"""What counts as a host name, and which names are this machine's own."""

from __future__ import annotations

import re

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
# The last label must not be a number in any spelling, so that no IPv4 address passes as a name.
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z|0x[0-9a-f]*\Z){_LABEL}", re.ASCII)
_MAX_LENGTH = 253


def is_host_name(text: str) -> bool:
    """Whether the text is a full host name: lower case, ASCII (other scripts as xn--…), no IP address, no final dot."""
    return len(text) <= _MAX_LENGTH and _HOST_NAME.fullmatch(text) is not None
