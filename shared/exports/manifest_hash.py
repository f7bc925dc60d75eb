"""The hash of an export's manifest, which stands for all files that arrived."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.export import File

NOT_HASHED = "-" * 64
"""Takes the place of the SHA-256 of a file that is too large to be hashed."""


class ManifestHash:
    """SHA-256 of the lines `<sha256>  <name>`, each with a newline, in the order in which files are added.

    That is what `sha256sum` prints for the files.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, file: File) -> None:
        """Adds the line of one more file."""
        self._hash.update(f"{file.sha256 or NOT_HASHED}  {file.name}\n".encode())

    def hexdigest(self) -> str:
        """The hash of the lines so far, in hex."""
        return self._hash.hexdigest()
