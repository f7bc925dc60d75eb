"""Loopback ports: free ones, and if possible the same again for the same state folder."""

import contextlib
import json
import secrets
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.private_files import write_private

FIRST, LAST = 10_000, 32_767
"""Below the ephemeral range, so that no outgoing connection takes the port of a stopped server."""

_reserved: dict[int, int] = {}
"""The ports that this process has given out, each with the descriptor of the socket that reserves it."""


def ports_for(names: Iterable[str], memory: Path) -> Mapping[str, int]:
    """Return a free port for each name, the same as last time if it is still free.

    URLs of containers outlive a run: rows and Graph's operations contain them. Until this process ends no other one is
    given these ports, even while nothing listens on them yet.

    Args:
        names: what the ports are for.
        memory: the file that records them.
    """
    known = _remembered(memory)
    ports: dict[str, int] = {}
    for name in names:
        port = known.get(name)
        ports[name] = port if port and _take(port) else _any_free({*ports.values(), *known.values()})
    write_private(memory, json.dumps({**known, **ports}))
    return ports


def _remembered(memory: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads(memory.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}


def _any_free(taken: set[int]) -> int:
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST + 1)
        if port not in taken and port not in _reserved and _take(port):
            return port


def _take(port: int) -> bool:
    """Reserve a port if it is free; whether it is ours now."""
    return is_free(port) and (port in _reserved or _reserve(port))


def _reserve(port: int) -> bool:
    """Bind the UDP port of the same number, which no server here uses and the system lets one process have."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as reservation:
        try:
            reservation.bind(("127.0.0.1", port))
        except OSError:
            return False
        _reserved[port] = reservation.detach()
    return True


def is_free(port: int) -> bool:
    """Whether a server can listen on a loopback port now."""
    with socket.socket() as probe:
        # Like the servers, ignore connections of the last run that are still in TIME_WAIT.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
