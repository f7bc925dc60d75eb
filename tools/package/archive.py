"""Zips a folder so that the same files give the same bytes."""

import zipfile
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can hold
_MODE = 0o100644 << 16  # a plain file that all may read


def write_zip(folder: Path, target: Path) -> None:
    """Writes all files of a folder into a zip, atomically."""
    draft = target.with_suffix(".part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
            entry.external_attr = _MODE
            entry.create_system = 3  # Unix, wherever this runs
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    draft.replace(target)
