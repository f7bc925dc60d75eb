"""Looks at what a certified export is handed over with: its package, a hold, the record of the hand-over.

Part of certify.py. Only Azure can show that a package is put together inside storage, past the account's firewall.
"""

# ruff: noqa: INP001 - part of scripts, not a package

from __future__ import annotations

import hashlib
import io
import sys
import time
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

from certify_api import download, pause

if TYPE_CHECKING:
    from certify_api import Api

BUILDING = 202
LONGEST_CHECK = 10_000_000
"""Bytes of files in the package that are read and hashed; of a larger package it is the smallest file."""
READ_AHEAD = 2**18
"""Bytes: the directory of a small package comes with one request."""


class RemoteFile(io.RawIOBase):
    """A file behind a link, of which only what is asked for is read: by ranges, as a download that goes on does."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size, self._at = url, size, 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes on from there, and returns the place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer; collections.abc has it from 3.12 on
        """Reads the next bytes into the buffer, and returns how many."""
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        read = download(self._url, first=self._at, last=end - 1)
        buffer[: len(read)] = read
        self._at += len(read)
        return len(read)


def made_package(calls: Api, export: dict[str, Any], patience: float) -> dict[str, Any]:
    """The package of an export, when it is made.

    Raises:
        SystemExit: it is refused, it failed, or it is not made in `patience` seconds.
    """
    path, end = f"exports/{export['id']}/package", time.monotonic() + patience
    answer = calls.expect({200, BUILDING}, "POST", path, {"language": "en"})
    while answer.status == BUILDING:
        if time.monotonic() > end:
            sys.exit(f"The package is not made after {patience:.0f} seconds.")
        time.sleep(pause(answer))
        answer = calls.expect({200, BUILDING}, "GET", f"{path}?language=en")
    package: dict[str, Any] = answer.body
    return package


def package_faults(calls: Api, export: dict[str, Any], package: dict[str, Any], files: list[dict[str, Any]]) -> str:
    """What is wrong with a package, in words without a name; an empty text if nothing is."""
    body = {"package": package["language"]}
    links = calls.expect({200}, "POST", f"exports/{export['id']}/links", body).body["value"]
    sizes = {file["name"]: file["size"] for file in package["files"]}
    if {link["name"] for link in links} != set(sizes):
        return "its links are not those of its files"
    zips = [_opened(link["url"], sizes[link["name"]]) for link in links]
    entries = {info.filename: (one, info) for one in zips for info in one.infolist()}
    told = {"SHA256SUMS": package["sha256SumsSha256"], "receipt.json": package["receiptSha256"]}
    for name, sha256 in told.items():
        if name not in entries or _sha256(*entries[name]) != sha256:
            return f"{name} is not the one that the API tells"
    lines = [line.partition("  ") for line in _lines(*entries["SHA256SUMS"])]
    sums = {name: sha256 for sha256, _, name in lines}
    if Counter(file["sha256"] for file in files if file["sha256"]) - Counter(sums.values()):
        return "SHA256SUMS lacks files of the manifest"
    for name in _checked_names(entries, sums):
        if name not in entries or _sha256(*entries[name]) != sums[name]:
            return "a file in it is not the one that SHA256SUMS lists"
    return ""


def check_hold(calls: Api, export: dict[str, Any]) -> None:
    """Places a hold, tries to erase the data, and lifts the hold.

    Raises:
        SystemExit: the data can be erased all the same, or a call is refused.
    """
    path = f"exports/{export['id']}"
    calls.expect({200}, "PUT", f"{path}/hold", {"reason": "Certification"})
    refused = calls.expect({409}, "DELETE", f"{path}/data").body["error"]["code"]
    lift_hold(calls, export)
    if refused != "OnHold":
        sys.exit(f"An erasure under a hold is refused with {refused}.")


def lift_hold(calls: Api, export: dict[str, Any]) -> None:
    """Lifts the hold, if there is one."""
    calls.expect({200}, "DELETE", f"exports/{export['id']}/hold")


def hand_over(calls: Api, export: dict[str, Any]) -> None:
    """Records that the person was answered. Repeated, it changes nothing."""
    answer = calls.expect({200}, "POST", f"exports/{export['id']}/handover", {}).body
    if not answer["handedOverDateTime"]:
        sys.exit("The hand-over is not recorded.")


def _opened(url: str, size: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BufferedReader(RemoteFile(url, size), READ_AHEAD))


def _checked_names(entries: dict[str, Any], sums: dict[str, str]) -> list[str]:
    """The names to check: all if they are small together, else that of the smallest."""
    sized = sorted((entries[name][1].file_size if name in entries else 0, name) for name in sums)
    every = sum(size for size, _ in sized) <= LONGEST_CHECK
    return [name for _, name in (sized if every else sized[:1])]


def _lines(one: zipfile.ZipFile, info: zipfile.ZipInfo) -> list[str]:
    return one.read(info).decode().splitlines()


def _sha256(one: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    sha256 = hashlib.sha256()
    with one.open(info) as content:
        while read := content.read(READ_AHEAD):
            sha256.update(read)
    return sha256.hexdigest()
