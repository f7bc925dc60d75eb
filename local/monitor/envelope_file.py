"""The file with all telemetry that arrived: one item a line, as JSON."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class EnvelopeFile:
    """Keeps items in a file that only its owner may read; what is there from an earlier run stays."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "envelopes.jsonl"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._stream = os.fdopen(descriptor, "ab", buffering=0)

    def add(self, envelopes: Iterable[dict[str, Any]]) -> None:
        """Append items in one write, so that a reader never sees half of one."""
        lines = (json.dumps(envelope, separators=(",", ":"), ensure_ascii=False) for envelope in envelopes)
        self._stream.write("".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
