"""How the demonstration has a package made, fetches it and checks it."""

import hashlib
import zipfile
from pathlib import Path

import httpx
import pytest

from local.demo.handed_package import have_made, unpacked
from local.demo.required_answer import DemoError

FILES = {"OneDrive/ü.txt": b"a", "Windows/b.txt": b"b", "index.html": b"page"}


def zips(folder: Path, files: dict[str, bytes], sums: dict[str, bytes]) -> list[Path]:
    """Two zips: the first has the sums, and the last file is in the second."""
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sums.items())
    *first, last = {"SHA256SUMS": lines.encode(), **files}.items()
    paths = [folder / "1.zip", folder / "2.zip"]
    for path, content in zip(paths, (first, [last]), strict=True):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content:
                archive.writestr(name, data)
    return paths


def test_a_package_that_is_whole_fits_its_checksums(tmp_path: Path) -> None:
    package = unpacked(zips(tmp_path, FILES, FILES), tmp_path / "out")
    assert (package.checked, package.wrong) == (3, [])
    assert package.text("Adele").splitlines() == [
        "Adele: the package to hand over; all 3 files fit SHA256SUMS",
        f"  {tmp_path / '1.zip'}",
        f"  {tmp_path / '2.zip'}",
        f"  {tmp_path / 'out' / 'index.html'}",
    ]


def test_a_file_that_was_changed_or_is_missing_is_told(tmp_path: Path) -> None:
    sums = FILES | {"OneDrive/ü.txt": b"another", "missing.txt": b"x"}
    package = unpacked(zips(tmp_path, FILES, sums), tmp_path / "out")
    assert package.wrong == ["OneDrive/ü.txt", "missing.txt"]
    assert "2 of 4 files differ from SHA256SUMS" in package.text("Adele")


def app(*answers: httpx.Response) -> tuple[httpx.Client, list[tuple[str, str]]]:
    """A client of an app that gives these answers, and the calls that it makes."""
    calls: list[tuple[str, str]] = []
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append((request.method, request.url.raw_path.decode()))
        return next(left)

    return httpx.Client(base_url="http://app", transport=httpx.MockTransport(answer)), calls


def test_a_package_is_polled_until_it_is_made() -> None:
    building = httpx.Response(202, headers={"Retry-After": "0"})
    client, calls = app(building, building, httpx.Response(200))
    have_made(client, "/exports/1/package", 60)
    assert calls == [("POST", "/exports/1/package"), *[("GET", "/exports/1/package?language=en")] * 2]


def test_a_package_that_fails_or_takes_too_long_ends_the_demonstration() -> None:
    building = httpx.Response(202, headers={"Retry-After": "0"})
    with pytest.raises(DemoError, match="answered 424: why"):
        have_made(app(building, httpx.Response(424, text="why"))[0], "/exports/1/package", 60)
    with pytest.raises(DemoError, match="was not made within 0 s"):
        have_made(app(building)[0], "/exports/1/package", 0)
