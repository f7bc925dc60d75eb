"""The paths that files have in a zip for handing over: what Windows, macOS and Linux take, each path once."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array

from shared.exports.handover_zip_documents import INDEX, RECEIPT, RENAMED, SUMS

DOCUMENT_NAMES = (INDEX, SUMS, RECEIPT, RENAMED)
"""The documents at the root of a zip; no file has the path of one of them."""

_PATH_UNITS = 168
"""The most that a path has, in units of UTF-16, before it gets its number.

Windows' Explorer takes 259 with the folder that it unpacks into (MAX_PATH without the NUL at the end). This leaves 11
for the number, and 80 for a folder: `C:\\Users\\firstname.lastname\\Downloads\\personal-data-2026-12-01-en-part1of3`.
"""
_SHORTEST_NAME_UNITS = 12
"""In a folder Windows wants room for a name of 8.3 ("Maximum Path Length Limitation", CreateDirectory)."""
_NAME_UNITS = 120
"""The most that a file's or folder's name has, so that folders are dropped from few paths."""
_NAME_BYTES = 240
"""Linux and APFS take 255 bytes of UTF-8; the rest is for the number."""
_SUFFIX_LETTERS = 12
"""A suffix is kept where a name is cut; what is longer is no suffix."""
_NAMELESS = "_"

_REPLACED = re.compile(
    '[<>:"|?*\\\\'  # Windows refuses these ("Naming Files, Paths, and Namespaces")
    "\x00-\x1f\x7f-\x9f\u2028\u2029"  # controls and line ends, which would also break the lines of SHA256SUMS
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text, and so hides a suffix
    "\u00ad\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # what nobody sees
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # no characters at all: UTF-8 or APFS can't have them
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(COM|LPT)[0-9¹²³]) *(\..*)?", re.IGNORECASE)
"""Windows takes these for devices, with any suffix and with blanks before it."""
_SHORT_NAME = re.compile(r"~(?=[0-9]+(\.[^.]*)?$)")
"""`LETTER~1.DOC` can be the short name that Windows gave to `Letter to the bank.docx`, and overwrite it."""
_NUMBERED = re.compile(r"\{[0-9]+\}(\.[^.]*)?$")
"""What `zip_path` alone may write."""
_NO_BRACES = str.maketrans("{}", "()")
_IGNORED = dict.fromkeys(map(ord, "\u200c\u200d"))
"""HFS+ compares names without these (Technical Note TN1150); they are kept, because Persian and emoji need them."""
_KEYS_AT_ONCE = 20_000


def safe_path(name: str) -> str:
    """The path in the zip for a file with that name: the name itself where every system takes it.

    It is relative, has no `.` or `..`, and no letter, name or length that Windows, macOS or Linux refuse. A letter that
    is refused becomes `_`. A name that is too long is cut before its suffix; where the whole path is too long, the file
    moves up out of its innermost folders. The same name always has the same path, and a safe path stays as it is.
    """
    *folders, last = (_safe_name(part) for part in name.split("/"))
    folders = [folder for folder in folders if folder]
    last = last or _NAMELESS
    if folders and _key(folders[0]) in _NO_FOLDERS_AT_ROOT:
        folders[0] += "_"
    while folders and not _has_room(folders, last):
        folders.pop()
    return "/".join([*folders, last])


def zip_path(number: int, name: str, bitmap: bytes) -> str:
    """The path of a line of the manifest in the zip: `safe_path`, with its number where that is taken.

    Args:
        number: the number of the line, from 1.
        name: the name of its file.
        bitmap: what `NamePlan.finish` returned for the manifest.
    """
    path = safe_path(name)
    place, bit = divmod(number - 1, 8)
    if not bitmap[place] & 1 << bit:
        return path
    folder, slash, last = path.rpartition("/")
    stem, suffix = _split(last)
    return f"{folder}{slash}{stem} {{{number}}}{suffix}"


class NamePlan:
    """Finds the lines of a manifest whose path is taken: by an earlier line, by a folder, or by a document.

    Paths are the same to it where they are the same to Windows or macOS, whatever their case and Unicode form. It holds
    8 bytes for each line, and 8 for each folder wherever another one begins.
    """

    def __init__(self) -> None:
        self._folders = array("Q", (_digest(_key(name)) for name in DOCUMENT_NAMES))
        self._files = array("Q")
        self._folder = ""

    def add(self, number: int, name: str) -> None:
        """Adds the next line.

        Args:
            number: its number; lines come in order, from 1.
            name: the name of its file.

        Raises:
            ValueError: another line is next.
        """
        if number != len(self._files) + 1:
            raise ValueError(f"Line {len(self._files) + 1} is next, not {number}.")
        key = _key(safe_path(name))
        self._files.append(_digest(key))
        folder = key.rpartition("/")[0]
        if folder != self._folder:
            self._folder = folder
            parts = folder.split("/")
            self._folders.extend(_digest("/".join(parts[:depth])) for depth in range(1, len(parts) + 1))

    def finish(self) -> bytes:
        """A bit for each line, from the lowest of the first byte on: whether the line gets its number in the path.

        Of the lines with one path, the first keeps it, unless a folder or a document has it. Paths with a number clash
        with nothing, because no `safe_path` looks like one.
        """
        bitmap = bytearray((len(self._files) + 7) // 8)
        rounds = 1 + len(self._files) // _KEYS_AT_ONCE
        for each in range(rounds):  # a share of the keys in each, because a set takes ten times what an array takes
            taken = {key for key in self._folders if key % rounds == each}
            for index, key in enumerate(self._files):
                if key % rounds == each:
                    if key in taken:
                        bitmap[index // 8] |= 1 << index % 8
                    taken.add(key)
        return bytes(bitmap)


def _safe_name(part: str) -> str:
    """A file's or folder's name as every system takes it; empty where nothing is left of it."""
    name = _cut(_trimmed(_REPLACED.sub("_", part)))
    if _RESERVED.fullmatch(name):
        name = _cut(f"_{name}")
    name = _SHORT_NAME.sub("_", name)
    return name.translate(_NO_BRACES) if "}" in name and _NUMBERED.search(name.translate(_IGNORED)) else name


def _trimmed(name: str) -> str:
    """Without blanks around it and dots at its end: Windows drops these, and Explorer then finds the zip invalid."""
    return name.rstrip(" .").lstrip(" ")


def _split(name: str) -> tuple[str, str]:
    """The stem and the suffix, which has the dot; the suffix is empty where there is none."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and len(suffix) <= _SUFFIX_LETTERS else (name, "")


def _cut(name: str) -> str:
    """The name with its suffix, in the units and bytes that a name may have."""
    if _units(name) <= _NAME_UNITS and len(name.encode()) <= _NAME_BYTES:
        return name
    stem, suffix = _split(name)
    units, size = _NAME_UNITS - _units(suffix), _NAME_BYTES - len(suffix.encode())
    stem = stem.encode()[:size].decode(errors="ignore")
    stem = stem.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore")
    return _trimmed(stem) + suffix


def _has_room(folders: list[str], last: str) -> bool:
    return _units("/".join(folders)) + 1 + max(_units(last), _SHORTEST_NAME_UNITS) <= _PATH_UNITS


def _units(text: str) -> int:
    """The length in units of UTF-16, which Windows counts."""
    return len(text.encode("utf-16-le")) // 2


def _key(path: str) -> str:
    """The same text for all paths that Windows or macOS may take for one.

    That is Unicode's canonical caseless match (3.13, D145), and wider than either: `upper` is there for letters that
    share a capital, as the `i` with and without a dot do.
    """
    if path.isascii():
        return path.lower()
    decomposed = unicodedata.normalize("NFD", path.translate(_IGNORED))
    return unicodedata.normalize("NFD", decomposed.upper().casefold())


def _digest(key: str) -> int:
    """Eight bytes for a key. Two keys with one digest do no harm: a path gets its number without need."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())


_NO_FOLDERS_AT_ROOT = {_key(name) for name in (*DOCUMENT_NAMES, "__MACOSX")}
"""macOS takes what is in `__MACOSX` for the attributes of other files, and does not show it."""
