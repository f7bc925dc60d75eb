"""The files that the checks read: a checkout, or a copy of its infrastructure."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.infra.snapshots import FOLDER, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.snapshots import Snapshot

APP, IDENTITY = "infra/main.bicep", "infra/identity/main.bicep"


class Tree:
    """The files under a root, with a cache."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def label(self, path: Path) -> str:
        """The path of a file, for findings."""
        resolved, root = path.resolve(), self.root.resolve()
        return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(path)

    def files(self, *patterns: str) -> Iterator[Path]:
        """The matching files, in order."""
        for pattern in patterns:
            yield from sorted(path for path in self.root.glob(pattern) if path.is_file())

    def text(self, path: str) -> str:
        """A file's text; empty if it doesn't exist."""
        file = self.root / path
        return file.read_text("utf-8") if file.exists() else ""

    def json(self, path: str) -> Any:
        """A file's JSON."""
        return json.loads(self.text(path))

    @cached_property
    def snapshots(self) -> dict[str, Snapshot]:
        """What each parameter file deploys, by the snapshot's name."""
        return read(self.root / FOLDER)

    def snapshot(self, name: str) -> Snapshot:
        """One of them."""
        return self.snapshots[name]

    def snapshots_of(self, template: str) -> list[Snapshot]:
        """Those of a template."""
        return [snapshot for snapshot in self.snapshots.values() if snapshot.template == template]

    def parameters(self, template: str) -> dict[str, Any]:
        """A template's parameters: type, defaultValue, allowedValues, minValue, maxValue and so on, description."""
        found: dict[str, Any] = self.json(f"{FOLDER}/parameters.json")[template]
        return found
