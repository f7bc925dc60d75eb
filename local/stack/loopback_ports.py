"""Loopback ports: free ones, and the same ones again for the same state folder."""

import json
import secrets
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.private_files import write_private

FIRST, LAST = 10_000, 32_767
"""Below the range that outgoing connections take theirs from, so that a stopped server finds its port again."""


def ports_for(names: Iterable[str], memory: Path) -> Mapping[str, int]:
    """Return a free port for each name, those of last time where they still are free.

    Container addresses outlive a run: they stand in rows and in the stand-in's operations.

    Args:
        names: what the ports are for.
        memory: the file that remembers them.
    """
    known = _remembered(memory)
    ports: dict[str, int] = {}
    for name in names:
        port = known.get(name)
        ports[name] = port if port and is_free(port) else _any_free({*ports.values(), *known.values()})
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
        if port not in taken and is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen on a loopback port now."""
    with socket.socket() as probe:
        # As the servers do it: a connection of the last run that is still winding down does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
