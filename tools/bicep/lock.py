"""The lock of the snapshots: what they were made of, so that a test finds a stale one without the compiler."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tools.bicep.compiler import CONFIGURATION, GRAPH, pinned_version
from tools.bicep.deployments import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tools.bicep.differences import Content

SNAPSHOTS = "tests/infra/snapshots"
LOCK = f"{SNAPSHOTS}/lock.json"
_SUFFIXES = {".bicep", ".bicepparam", ".json", ".kql"}
_FOLDERS = ("infra", VARIANTS)
_OTHERS = "infra/connector/"


def lock(root: Path, made: Mapping[str, str]) -> Content:
    """What the files were made of; `made` has each file's text by its path from the root."""
    configured = json.loads((root / CONFIGURATION).read_text("utf-8"))
    return {
        "bicep": pinned_version(root),
        "graphExtension": configured["extensions"][GRAPH],
        "sources": {path: _hash((root / path).read_text("utf-8")) for path in _sources(root)},
        "made": {path: _hash(text) for path, text in sorted(made.items())},
    }


def stale(root: Path) -> list[str]:
    """What the lock shows to be stale: each source that has changed since, and each file that isn't as it was made."""
    kept = json.loads((root / LOCK).read_text("utf-8"))
    files = {path.relative_to(root).as_posix(): path for path in sorted((root / SNAPSHOTS).glob("*.json"))}
    now = lock(root, {path: file.read_text("utf-8") for path, file in files.items() if path != LOCK})
    changed = [name for name in ("bicep", "graphExtension") if kept[name] != now[name]]
    for part in ("sources", "made"):
        paths = {*kept[part], *now[part]}
        changed += sorted(path for path in paths if kept[part].get(path) != now[part].get(path))
    return [f"{name} has changed since the snapshots were made: run `make infra`." for name in changed]


def _sources(root: Path) -> Iterator[str]:
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix in _SUFFIXES and not name.startswith(_OTHERS):
                yield name


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
