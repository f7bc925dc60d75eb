"""Measures the size of the deployment package, compared with the requirements as they are installed."""

from __future__ import annotations

import marshal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.table import Row
from tools.package.build import Size, make
from tools.package.interpreters import own_version
from tools.package.requirements import install

if TYPE_CHECKING:
    from bench.table import Say

_MOST_BYTES, _MOST_FILES = 1 / 3, 1 / 10
_PYC_HEADER = 16
"""Bytes before the code."""


def measure(say: Say) -> list[Row]:
    """Measures the unzipped package: sources only, and with bytecode."""
    say("Package: making it")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "package.zip"
        built = make(target, own_version())
        zipped = target.stat().st_size
    say("Package: compiling all the requirements, to know what that adds")
    compiled = _compiled(install(own_version()), built.plain)
    return [
        *_rows("sources", built.sources, built.plain),
        *_rows(f"with bytecode (zipped {_megabytes(zipped)})", built.whole, compiled),
    ]


def _rows(what: str, ours: Size, plain: Size) -> list[Row]:
    of_bytes, of_files = ours.bytes / plain.bytes, ours.files / plain.files
    return [
        Row(
            what=f"deployment package, {what}: bytes",
            ours=_megabytes(ours.bytes),
            alternative=f"`pip install -r`: {_megabytes(plain.bytes)}",
            ratio=f"{of_bytes:.2f}",
            reach="at most a third",
            met=of_bytes <= _MOST_BYTES,
        ),
        Row(
            what=f"deployment package, {what}: files",
            ours=f"{ours.files:,}",
            alternative=f"`pip install -r`: {plain.files:,}",
            ratio=f"{of_files:.3f}",
            reach="at most a tenth",
            met=of_files <= _MOST_FILES,
        ),
    ]


def _compiled(folder: Path, plain: Size) -> Size:
    """The size with the bytecode that an installer would write; it is not written here, as it is 18,000 files."""
    files, total = plain.files, plain.bytes
    for path in folder.rglob("*.py"):
        try:
            code = compile(path.read_bytes(), path, "exec", dont_inherit=True)
        except SyntaxError:
            continue  # a template, or for another Python: an installer compiles it no more than this does
        files, total = files + 1, total + _PYC_HEADER + len(marshal.dumps(code))
    return Size(files, total)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
