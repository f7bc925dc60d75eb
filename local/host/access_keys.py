"""The access keys of the app: made once, kept in a private file, compared in constant time. There is no master key."""

import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from local.private_files import write_private


@dataclass(frozen=True)
class Keys:
    """The keys of an app.

    Attributes:
        function: opens functions of the level FUNCTION.
        durable: the system key that opens the Durable management API.
    """

    function: str
    durable: str

    def opens_function(self, key: str | None) -> bool:
        """Whether a key opens functions of the level FUNCTION."""
        return _same(key, self.function)

    def opens_durable(self, key: str | None) -> bool:
        """Whether a key opens the Durable management API."""
        return _same(key, self.durable)


def read_or_make_keys(path: Path) -> Keys:
    """Read the keys from a file. If it does not exist, make new keys and write it (mode 0600)."""
    if not path.exists():
        content = {
            "functionKeys": {"default": secrets.token_urlsafe(32)},
            "systemKeys": {"durabletask_extension": secrets.token_urlsafe(32)},
        }
        write_private(path, json.dumps(content, indent=2) + "\n")
    content = json.loads(path.read_text(encoding="utf-8"))
    return Keys(
        function=content["functionKeys"]["default"],
        durable=content["systemKeys"]["durabletask_extension"],
    )


def _same(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(errors="surrogateescape"), expected.encode())
