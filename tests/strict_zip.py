"""A reader of zips that refuses whatever any usual reader might refuse, or read otherwise than another one.

It takes the profile of APPNOTE 6.3.10 that packages have: plain files, stored, with UTF-8 names, one behind the other
without a gap, then the directory and the ending, each field with the one value that it can have, and ZIP64 where a
value does not fit elsewhere and nowhere else. It knows nothing of the code that writes packages.
"""

from __future__ import annotations

import os
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HEADER, LINE, ENDING = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
ZIP64_ENDING, ZIP64_LOCATOR = struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
FULL_16, FULL_32 = 0xFFFF, 0xFFFF_FFFF
UNIX, PLAIN, ZIP64, UTF8_NAMES = 3, 20, 45, 0x800
PLAIN_FILE = 0o100600 << 16
READ_BYTES = 2**20

RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} | {
    f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"
}
REFUSED_LETTERS = set('<>:"|?*\\')
TURNING_LETTERS = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
MAX_NAME_BYTES = 255
MAX_PATH_UNITS = 180


class NotStrictError(Exception):
    """The zip is not as every reader takes it; the message says where."""


@dataclass(frozen=True)
class StrictEntry:
    """A file in the zip."""

    path: str
    size: int
    crc32: int
    modified_at: datetime
    offset: int
    """Where its bytes begin."""


def read_strictly(file: BinaryIO, *, with_content: bool = True) -> list[StrictEntry]:
    """The files of a zip, in their order.

    Args:
        file: the zip.
        with_content: whether to read all files, and compare the bytes with their CRC-32.

    Raises:
        NotStrictError: a reader may refuse it, or read it otherwise.
    """
    count, start, end = _read_ending(file)
    entries, expected_offset = [], 0
    file.seek(start)
    for line in _read_lines(file, count, start, end):
        entry = _read_header(file, line, expected_offset)
        expected_offset = entry.offset + entry.size
        entries.append(entry)
    _need(expected_offset == start, "the files end at {}, and the directory begins at {}", expected_offset, start)
    check_paths([entry.path for entry in entries])
    if with_content:
        for entry in entries:
            for _ in content(file, entry):
                pass
    return entries


def content(file: BinaryIO, entry: StrictEntry) -> Iterator[bytes]:
    """The bytes of a file, compared with its CRC-32 at the end.

    Raises:
        NotStrictError: they are other bytes.
    """
    crc32 = 0
    for start in range(0, entry.size, READ_BYTES):
        file.seek(entry.offset + start)
        piece = file.read(min(READ_BYTES, entry.size - start))
        crc32 = zlib.crc32(piece, crc32)
        yield piece
    _need(crc32 == entry.crc32, "{!r} has other bytes than its CRC-32 says", entry.path)


def _read_ending(file: BinaryIO) -> tuple[int, int, int]:
    """How many files there are, and where their directory begins and ends."""
    length = file.seek(0, os.SEEK_END)
    _need(length >= ENDING.size, "it is too short")
    at = length - ENDING.size
    signature, *disks, here, count, size, start, comment = _unpack(file, at, ENDING)
    _need(signature == b"PK\x05\x06", "the ending is not at the end")
    _need((disks, comment, here) == ([0, 0], 0, count), "the ending speaks of disks or a comment")
    if (count, size, start) != (min(count, FULL_16 - 1), min(size, FULL_32 - 1), min(start, FULL_32 - 1)):
        shown = (count, size, start)
        at, count, size, start = _read_zip64_ending(file, at)
        fitting = (min(count, FULL_16), min(size, FULL_32), min(start, FULL_32))
        _need(fitting == shown, "the ending says {}, where ZIP64's has {}", shown, (count, size, start))
    _need(start + size == at, "the directory from {} with {} bytes does not end at {}", start, size, at)
    return count, start, at


def _read_zip64_ending(file: BinaryIO, end: int) -> tuple[int, int, int, int]:
    at = end - ZIP64_LOCATOR.size - ZIP64_ENDING.size
    _need(at >= 0, "it is too short for ZIP64")
    _need(_unpack(file, at + ZIP64_ENDING.size, ZIP64_LOCATOR) == (b"PK\x06\x07", 0, at, 1), "ZIP64's locator is wrong")
    signature, length, made_by, needed, *disks, here, count, size, start = _unpack(file, at, ZIP64_ENDING)
    found = (signature, length, made_by, needed, disks, here)
    expected = (b"PK\x06\x06", ZIP64_ENDING.size - 12, UNIX << 8 | ZIP64, ZIP64, [0, 0], count)
    _need(found == expected, "ZIP64's ending has {}", found)
    return at, count, size, start


@dataclass(frozen=True)
class _Line:
    """A line of the directory."""

    raw_path: bytes
    size: int
    offset: int
    common: tuple[Any, ...]
    """Time, date and CRC-32, which the header has too."""


def _read_lines(file: BinaryIO, count: int, start: int, end: int) -> Iterator[_Line]:
    at = start
    for number in range(1, count + 1):
        _need(at + LINE.size <= end, "the directory ends before file {} of {}", number, count)
        signature, made_by, needed, flags, method, *rest = _unpack(file, at, LINE)
        *common, packed, size, path_length, extra_length, comment, disk, internal, attributes, offset = rest
        where = f"file {number} of the directory"
        _need(signature == b"PK\x01\x02", "{} has another signature", where)
        _need(made_by == UNIX << 8 | ZIP64, "{} is made by {:x}", where, made_by)
        _need((flags, method) == (UTF8_NAMES, 0), "{} has the flags {:x} and the method {}", where, flags, method)
        _need((comment, disk, internal) == (0, 0, 0), "{} has a comment, a disk or an attribute", where)
        _need(attributes == PLAIN_FILE, "{} has the attributes {:o}", where, attributes)
        _need(packed == size, "{} is compressed", where)
        _need(at + LINE.size + path_length + extra_length <= end, "{} goes on behind the directory", where)
        raw_path, extra = file.read(path_length), file.read(extra_length)
        wide = _zip64_values(extra, where)
        _need((needed == ZIP64) == bool(wide) and needed in {PLAIN, ZIP64}, "{} needs version {}", where, needed)
        if size == FULL_32:
            _need(len(wide) >= 2 and wide[0] == wide[1] >= FULL_32, "{} has a wrong size in ZIP64", where)
            size, wide = wide[0], wide[2:]
        if offset == FULL_32:
            _need(len(wide) >= 1 and wide[0] >= FULL_32, "{} has a wrong offset in ZIP64", where)
            offset, wide = wide[0], wide[1:]
        _need(not wide, "{} has something in ZIP64 that fits elsewhere", where)
        yield _Line(raw_path, size, offset, tuple(common))
        at += LINE.size + path_length + extra_length
    _need(at == end, "there is something between the directory, which ends at {}, and the ending at {}", at, end)


def _read_header(file: BinaryIO, line: _Line, expected_offset: int) -> StrictEntry:
    path = _decode(line.raw_path)
    _need(line.offset == expected_offset, "{!r} begins at {}, not at {}", path, line.offset, expected_offset)
    signature, needed, flags, method, *rest = _unpack(file, line.offset, HEADER)
    *common, packed, size, path_length, extra_length = rest
    _need(signature == b"PK\x03\x04", "{!r} has no header", path)
    _need((flags, method) == (UTF8_NAMES, 0), "the header of {!r} has flags {:x}, method {}", path, flags, method)
    _need(tuple(common) == line.common, "the header of {!r} has another time or CRC-32 than the directory", path)
    _need(file.read(path_length) == line.raw_path, "the header of {!r} has another path", path)
    wide = _zip64_values(file.read(extra_length), f"the header of {path!r}")
    is_large = line.size >= FULL_32
    _need(wide == ([line.size] * 2 if is_large else []), "the header of {!r} has {} in ZIP64", path, wide)
    _need(packed == size == min(line.size, FULL_32), "the header of {!r} has another size", path)
    _need(needed == (ZIP64 if is_large else PLAIN), "the header of {!r} needs version {}", path, needed)
    time, date, crc32 = common
    begins = line.offset + HEADER.size + path_length + extra_length
    return StrictEntry(path, line.size, crc32, _moment(path, time, date), begins)


def _zip64_values(extra: bytes, where: str) -> list[int]:
    """The values of ZIP64's extra field, which may be the only one."""
    if not extra:
        return []
    _need(len(extra) > 4, "{} has an extra field without values", where)
    kind, length = struct.unpack_from("<2H", extra)
    is_right = kind == 1 and length == len(extra) - 4 and length % 8 == 0
    _need(is_right, "{} has another extra field than ZIP64's", where)
    return list(struct.unpack_from(f"<{length // 8}Q", extra, 4))


def _moment(path: str, time: int, date: int) -> datetime:
    parts = (1980 + (date >> 9), date >> 5 & 0xF, date & 0x1F, time >> 11, time >> 5 & 0x3F, (time & 0x1F) * 2)
    try:
        return datetime(*parts, tzinfo=UTC)
    except ValueError:
        raise NotStrictError(f"{path!r} has no time: {parts}") from None


def _decode(raw_path: bytes) -> str:
    try:
        return raw_path.decode()
    except UnicodeDecodeError:
        raise NotStrictError(f"{raw_path!r} is not UTF-8") from None


def check_paths(paths: list[str]) -> None:
    """That every system can have all of them, side by side."""
    keys = [_caseless(path) for path in paths]
    files = set(keys)
    _need(len(files) == len(keys), "two files have one path, but for case and Unicode form")
    for path, key in zip(paths, keys, strict=True):
        _need(len(path.encode("utf-16-le")) // 2 <= MAX_PATH_UNITS, "{!r} is too long for Windows", path)
        parts = key.split("/")
        folders = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        _need(not folders & files, "a file has the path of a folder of {!r}", path)
        _need(parts[0] != "__macosx" or len(parts) == 1, "macOS hides {!r}", path)
        for part in path.split("/"):
            _check_name(part, path)


def _caseless(path: str) -> str:
    """The same for all that Windows or macOS take for one: HFS+ does not even count joiners."""
    counted = path.replace("\u200c", "").replace("\u200d", "")
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", counted).casefold())


def _check_name(name: str, path: str) -> None:
    _need(name.strip(" ") == name and name.rstrip(".") == name != "", "Windows refuses or changes {!r}", path)
    _need(not REFUSED_LETTERS & set(name), "Windows refuses a letter of {!r}", path)
    _need(not any(unicodedata.category(letter) == "Cc" for letter in name), "{!r} has a control character", path)
    _need(not TURNING_LETTERS & set(name), "{!r} turns the direction of text", path)
    _need(name.partition(".")[0].rstrip(" ").lower() not in RESERVED, "Windows takes {!r} for a device", path)
    _need(len(name.encode()) <= MAX_NAME_BYTES, "a name in {!r} is too long", path)


def _unpack(file: BinaryIO, at: int, form: struct.Struct) -> tuple[Any, ...]:
    file.seek(at)
    raw = file.read(form.size)
    _need(len(raw) == form.size, "it ends at {}", at + len(raw))
    return form.unpack(raw)


def _need(holds: bool, otherwise: str, *values: object) -> None:  # noqa: FBT001 - what is checked
    if not holds:
        raise NotStrictError(otherwise.format(*values))
