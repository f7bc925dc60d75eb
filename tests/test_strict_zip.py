"""The strict reader of zips refuses a zip in which any bit is another one, and paths that some system refuses."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from tests.strict_zip import NotStrictError, StrictEntry, check_paths, read_strictly

FILES = [("a.txt", b"some bytes"), ("d/é.txt", b"")]
DATE, TIME = 46 << 9 | 11 << 5 | 26, 12 << 11


def made() -> bytes:
    """A small zip, written here and not by the product."""
    out, directory = b"", b""
    for path, content in FILES:
        fields = (0x800, 0, TIME, DATE, zlib.crc32(content), len(content), len(content), len(path.encode()), 0)
        place = (0, 0, 0, 0o100600 << 16, len(out))
        directory += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 3 << 8 | 45, 20, *fields, *place) + path.encode()
        out += struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, *fields) + path.encode() + content
    return out + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2, 2, len(directory), len(out), 0)


def read(raw: bytes) -> list[StrictEntry]:
    return read_strictly(io.BytesIO(raw))


def test_a_strict_zip_is_read() -> None:
    assert [(entry.path, entry.size, entry.crc32) for entry in read(made())] == [
        (path, len(content), zlib.crc32(content)) for path, content in FILES
    ]
    assert {entry.modified_at.isoformat() for entry in read(made())} == {"2026-11-26T12:00:00+00:00"}


def test_any_other_bit_is_told() -> None:
    raw = made()
    for at in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[at] ^= 1 << bit
            with pytest.raises(NotStrictError):
                read(bytes(changed))


def test_a_byte_too_many_or_missing_is_told() -> None:
    raw = made()
    for at in range(len(raw) + 1):
        for changed in (raw[:at] + b"\0" + raw[at:], raw[:at] + raw[at + 1 :] if at < len(raw) else b""):
            with pytest.raises(NotStrictError):
                read(changed)


def written(**options: object) -> bytes:
    """A zip by Python's own writer."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        info = zipfile.ZipInfo("é")
        for name, value in options.items():
            setattr(info, name, value)
        with file.open(info, "w", force_zip64=bool(options.get("extra_zip64"))) as entry:
            entry.write(b"x" * 100)
    return out.getvalue()


class Pipe(io.BytesIO):
    """A file that can't be gone back in."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def streamed() -> bytes:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as file:
        file.writestr("é", b"x")
    return pipe.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        written,
        lambda: written(compress_type=zipfile.ZIP_DEFLATED),
        streamed,
        lambda: b"",
        lambda: b"x" + made(),
        lambda: made() + made(),
    ],
    ids=["version", "compressed", "descriptor", "empty", "prefix", "two"],
)
def test_a_zip_of_another_profile_is_refused(raw: Callable[[], bytes]) -> None:
    with pytest.raises(NotStrictError):
        read(raw())


@pytest.mark.parametrize(
    "paths",
    [
        [""],
        ["/a"],
        ["a/"],
        ["a//b"],
        ["./a"],
        ["a/../b"],
        ["a\\b"],
        ["C:/a"],
        ["a?"],
        ["a\nb"],
        ["a."],
        ["a /b"],
        [" a"],
        ["nul.txt"],
        ["d/COM1"],
        ["x\u202egpj.exe"],
        ["__MACOSX/a"],
        ["日" * 86],
        ["d/" * 89 + "name"],
        ["a", "A"],
        ["é", "e\u0301"],
        ["a", "a/b"],
        ["a/b", "A"],
    ],
)
def test_paths_that_some_system_refuses_or_takes_for_one_are_told(paths: list[str]) -> None:
    with pytest.raises(NotStrictError):
        check_paths(paths)
