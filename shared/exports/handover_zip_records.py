"""The records of a zip: the header of each file, its line in the directory at the end, and the ending.

The format is PKWARE's APPNOTE 6.3.10, written so that the readers of Windows, macOS and Linux open it:

- Sizes and CRC-32 are in the header before the file, and no data descriptor follows it. macOS' Archive Utility reads
  headers and not the directory alone, and fails on most descriptors (yazl, issue 20; zip.js, issue 274).
- Nothing needs a version above 4.5. Info-ZIP's unzip 6.00 skips what needs more, with Explorer failing too
  (VulkanCapsViewer, issue 92).
- ZIP64 is used for a value that does not fit elsewhere, and nowhere else: Archive Utility knows it from macOS 10.15 on
  only (ZipStream-PHP, pull request 160). Where a header says that a size is elsewhere, both sizes are there, because
  Archive Utility and libarchive compare header and directory (stream-zip, issue 27).
- There is no other extra field: Explorer takes the first one for ZIP64's, whatever it is (Info-ZIP's report on Windows
  7).
- Names are UTF-8 and say so. The zip says that Unix made it, because unzip 6.00 reads names of MS-DOS in an old code
  page, even those that say that they are UTF-8.
"""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

_FITS_32, _FITS_16 = 0xFFFF_FFFE, 0xFFFE
"""The largest values that fit: the next one says that the value is in a ZIP64 record (APPNOTE 4.4.1.4)."""
_ELSEWHERE_32, _ELSEWHERE_16 = _FITS_32 + 1, _FITS_16 + 1
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_MADE_BY = 3 << 8 | _ZIP64_VERSION
"""Unix, by version 4.5 of the specification."""
_UTF8_NAMES = 1 << 11
_STORED = 0
_ATTRIBUTES = (stat.S_IFREG | 0o600) << 16
"""A plain file, which only the person that unpacks it may read: it is somebody's personal data."""
_ZIP64_EXTRA = 1
_SIZES_EXTRA_BYTES = 2 + 2 + 8 + 8

_HEADER = struct.Struct("<4s5H3I2H")
_DIRECTORY_LINE = struct.Struct("<4s6H3I5H2I")
_ZIP64_ENDING = struct.Struct("<4sQ2H2I4Q")
_ZIP64_LOCATOR = struct.Struct("<4sIQI")
_ENDING = struct.Struct("<4s4H2IH")

_FIRST_TIME = datetime(1980, 1, 1, tzinfo=UTC)
_LAST_TIME = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file in a zip."""

    number: int
    """Its place in the package, from 1: first the documents, then the lines of the manifest."""
    path: str
    """Its path in the zip: a `zip_path`, or the name of a document."""
    size: int
    """In bytes."""
    crc32: int
    """The CRC-32 of its bytes."""
    modified_at: datetime
    """When it was last written. A zip has two seconds for one, from 1980 to 2107, and no zone; this is UTC there."""


def header_size(entry: ZipEntry) -> int:
    """How many bytes `header` has."""
    return _HEADER.size + len(entry.path.encode()) + (_SIZES_EXTRA_BYTES if entry.size > _FITS_32 else 0)


def header(entry: ZipEntry) -> bytes:
    """The local file header, which the bytes of the file follow (APPNOTE 4.3.7)."""
    is_large = entry.size > _FITS_32
    path, extra = entry.path.encode(), _zip64_extra([entry.size] * 2 if is_large else [])
    size = _ELSEWHERE_32 if is_large else entry.size
    version = _ZIP64_VERSION if is_large else _PLAIN_VERSION
    time = _dos_time(entry.modified_at)
    fields = (version, _UTF8_NAMES, _STORED, *time, entry.crc32, size, size, len(path), len(extra))
    return _HEADER.pack(b"PK\x03\x04", *fields) + path + extra


def directory_line(entry: ZipEntry, offset: int) -> bytes:
    """The central directory header of a file (APPNOTE 4.3.12).

    Args:
        entry: the file.
        offset: where its header begins, in bytes from the beginning of the zip.
    """
    elsewhere = [value for value in (entry.size, entry.size, offset) if value > _FITS_32]
    path, extra = entry.path.encode(), _zip64_extra(elsewhere)
    size = min(entry.size, _ELSEWHERE_32)
    version = _ZIP64_VERSION if elsewhere else _PLAIN_VERSION
    time = _dos_time(entry.modified_at)
    fields = (_MADE_BY, version, _UTF8_NAMES, _STORED, *time, entry.crc32, size, size, len(path), len(extra))
    no_comment, first_disk, binary = 0, 0, 0
    where = (no_comment, first_disk, binary, _ATTRIBUTES, min(offset, _ELSEWHERE_32))
    return _DIRECTORY_LINE.pack(b"PK\x01\x02", *fields, *where) + path + extra


def ending(entries: int, directory_offset: int, directory_size: int) -> bytes:
    """What follows the directory and ends the zip (APPNOTE 4.3.14 to 4.3.16).

    Args:
        entries: how many files the zip has.
        directory_offset: where the directory begins, in bytes.
        directory_size: how many bytes it has.
    """
    needs_zip64 = entries > _FITS_16 or max(directory_offset, directory_size) > _FITS_32
    zip64 = _zip64_ending(entries, directory_offset, directory_size) if needs_zip64 else b""
    count = min(entries, _ELSEWHERE_16)
    size, offset = min(directory_size, _ELSEWHERE_32), min(directory_offset, _ELSEWHERE_32)
    return zip64 + _ENDING.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


def _zip64_ending(entries: int, directory_offset: int, directory_size: int) -> bytes:
    length = _ZIP64_ENDING.size - 12  # without the signature and the length itself
    counts = (entries, entries, directory_size, directory_offset)
    record = _ZIP64_ENDING.pack(b"PK\x06\x06", length, _MADE_BY, _ZIP64_VERSION, 0, 0, *counts)
    return record + _ZIP64_LOCATOR.pack(b"PK\x06\x07", 0, directory_offset + directory_size, 1)


def _zip64_extra(values: list[int]) -> bytes:
    """The extra field with the values that do not fit elsewhere, in the order of the specification (4.5.3)."""
    return struct.pack(f"<2H{len(values)}Q", _ZIP64_EXTRA, 8 * len(values), *values) if values else b""


def _dos_time(moment: datetime) -> tuple[int, int]:
    """The time and the date as MS-DOS has them, in UTC; the nearest there is for a moment that they can't hold."""
    at = min(max(moment.astimezone(UTC), _FIRST_TIME), _LAST_TIME)
    return at.hour << 11 | at.minute << 5 | at.second // 2, at.year - _FIRST_TIME.year << 9 | at.month << 5 | at.day
