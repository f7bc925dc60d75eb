"""The manifest: what arrived, file by file, in a form that is hashed as a whole and that `sha256sum` understands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.model import File

NOT_HASHED = "-" * 64


class ManifestHash:
    """SHA-256 of the lines `<sha256>  <name>`, each with a newline, in the order of the container's listing."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, file: File) -> None:
        """Takes one more file into account."""
        self._hash.update(f"{file.sha256 or NOT_HASHED}  {file.name}\n".encode())

    def hexdigest(self) -> str:
        """The hash of what was added so far."""
        return self._hash.hexdigest()
