"""The access keys of the app: made once, kept in a private file, compared in constant time."""

import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.private_files import write_private


@dataclass(frozen=True)
class Keys:
    """The keys of an app.

    Attributes:
        master: opens everything: all functions, the Durable management API, and the host's own API.
        function: opens functions of the level FUNCTION.
        durable: the system key that opens the Durable management API.
    """

    master: str
    function: str
    durable: str

    def opens_level(self, level: str, key: str | None) -> bool:
        """Whether a key opens functions of a level: anonymous, function or admin."""
        match level:
            case "anonymous":
                return True
            case "function":
                return _same(key, self.function) or _same(key, self.master)
            case _:
                return _same(key, self.master)

    def opens_durable(self, key: str | None) -> bool:
        """Whether a key opens the Durable management API."""
        return _same(key, self.durable) or _same(key, self.master)

    def opens_host(self, key: str | None) -> bool:
        """Whether a key opens the host's own API."""
        return _same(key, self.master)

    def is_known(self, key: str | None) -> bool:
        """Whether a key is any of these."""
        return any(_same(key, each) for each in (self.master, self.function, self.durable))


def read_or_make_keys(path: Path) -> Keys:
    """Read the keys from a file. What the file lacks is made and written (mode 0600)."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    complete = {
        "masterKey": secrets.token_urlsafe(32),
        "functionKeys": {"default": secrets.token_urlsafe(32)},
        "systemKeys": {"durabletask_extension": secrets.token_urlsafe(32)},
    } | content
    if complete != content:
        write_private(path, json.dumps(complete, indent=2) + "\n")
    return Keys(
        master=complete["masterKey"],
        function=complete["functionKeys"]["default"],
        durable=complete["systemKeys"]["durabletask_extension"],
    )


def _same(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(errors="surrogateescape"), expected.encode())
