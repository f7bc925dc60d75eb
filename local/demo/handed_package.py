"""The package of one export as a person gets it: made through the API, downloaded, unpacked and checked."""

import hashlib
import shutil
import ssl
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.demo.required_answer import DemoError, require

SUMS, PAGE = "SHA256SUMS", "index.html"
_CHUNK = 2**20


@dataclass(frozen=True)
class HandedPackage:
    """A package in a folder of this machine."""

    zips: Sequence[Path]
    folder: Path
    """Where it is unpacked."""
    checked: int
    """How many files have a checksum."""
    wrong: Sequence[str]
    """The files that are missing or whose checksum is another."""

    def text(self, name: str) -> str:
        """Return it as text."""
        result = (
            f"{len(self.wrong)} of {self.checked} files differ from" if self.wrong else f"all {self.checked} files fit"
        )
        page = self.folder / PAGE
        return "\n".join(
            [f"{name}: the package to hand over; {result} {SUMS}", *(f"  {path}" for path in self.zips), f"  {page}"]
        )


def hand_over(client: httpx.Client, export_id: str, folder: Path, ca_bundle: Path, limit: float) -> HandedPackage:
    """Have the package of an export made, within `limit` seconds, and fetch it into a folder, which is emptied first.

    Raises:
        DemoError: the app or storage gave another answer than expected.
    """
    have_made(client, f"/exports/{export_id}/package", limit)
    answer = client.post(f"/exports/{export_id}/links", json={"package": "en", "expiresInMinutes": 15})
    require(answer, httpx.codes.OK)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with httpx.Client(verify=ssl.create_default_context(cafile=ca_bundle), trust_env=False, timeout=30) as storage:
        zips = [_download(storage, link, folder) for link in answer.json()["value"]]
    return unpacked(zips, folder / "unpacked")


def have_made(client: httpx.Client, url: str, limit: float) -> None:
    """Request a package, and poll for at most `limit` seconds until it is made.

    Raises:
        DemoError: it failed, or is still not made.
    """
    deadline = time.monotonic() + limit
    answer = client.post(url, json={"language": "en"})
    while answer.status_code == httpx.codes.ACCEPTED:
        if time.monotonic() > deadline:
            raise DemoError(f"The package was not made within {limit:.0f} s.")
        time.sleep(float(answer.headers["Retry-After"]))
        answer = client.get(url, params={"language": "en"})
    require(answer, httpx.codes.OK)


def unpacked(zips: Sequence[Path], folder: Path) -> HandedPackage:
    """Unpack zips into one folder, and compare the files with their checksums."""
    for path in zips:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    lines = [line.split("  ", 1) for line in (folder / SUMS).read_text("utf-8").splitlines()]
    wrong = [name for expected, name in lines if _sha256(folder / name) != expected]
    return HandedPackage(zips, folder, len(lines), wrong)


def _download(storage: httpx.Client, link: dict[str, Any], folder: Path) -> Path:
    target: Path = folder / Path(link["name"]).name
    with storage.stream("GET", link["url"]) as answer, target.open("wb") as file:
        if answer.status_code != httpx.codes.OK:
            raise DemoError(f"The download of {target.name} answered {answer.status_code}.")
        for chunk in answer.iter_bytes(_CHUNK):
            file.write(chunk)
    return target


def _sha256(path: Path) -> str | None:
    """The SHA-256 of a file in hex; None where it is missing."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
