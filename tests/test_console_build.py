"""The build of the console: how much it may weigh, that its files are what they are called, that it can be repeated."""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from local.setup.console_build import BUILT, PACKAGES, SOURCES
from tests.node_programs import run_node

BUDGET = 80_000
"""How many bytes all files together may have, each in its smallest form."""
SUFFIXES = {"br": ".br", "gzip": ".gz"}
DECOMPRESS = """
const { brotliDecompressSync } = require("node:zlib");
process.stdout.write(brotliDecompressSync(require("node:fs").readFileSync(process.argv[1])));
"""


def listed(folder: Path = BUILT) -> dict[str, dict[str, Any]]:
    """The files that the app serves, by path."""
    return {one["path"]: one for one in json.loads((folder / "files.json").read_text("utf-8"))}


def forms(path: str) -> dict[str, bytes]:
    """The bytes of a file in each encoding."""
    encodings = listed()[path]["encodings"]
    encoded = {encoding: (BUILT / f"{path}{SUFFIXES[encoding]}").read_bytes() for encoding in encodings}
    return {"identity": (BUILT / path).read_bytes(), **encoded}


def test_all_of_it_fits_into_the_budget() -> None:
    smallest = {path: min(len(form) for form in forms(path).values()) for path in listed()}
    assert sum(smallest.values()) <= BUDGET, smallest


def test_each_form_of_a_file_has_the_same_content() -> None:
    for path, file in listed().items():
        found = forms(path)
        plain = found["identity"]
        assert hashlib.sha256(plain).hexdigest() == file["sha256"], path
        assert all(len(form) < len(plain) for encoding, form in found.items() if encoding != "identity"), path
        if "gzip" in found:
            assert gzip.decompress(found["gzip"]) == plain, path
        if "br" in found:
            decompressed = run_node("-e", DECOMPRESS, str(BUILT / f"{path}.br"), folder=BUILT)
            assert decompressed.stdout == plain.decode(), decompressed.stderr


def test_the_name_of_an_asset_changes_with_its_bytes() -> None:
    for path, file in listed().items():
        if path != "index.html":
            assert re.fullmatch(rf"assets/[a-z]+-{file['sha256'][:16]}\.(js|css|json|txt)", path)


def test_whatever_one_file_names_is_served() -> None:
    named = {
        name
        for path in listed()
        for name in re.findall(r"/api/console/(assets/[\w.-]+)", forms(path)["identity"].decode())
    }
    assert named == listed().keys() - {"index.html"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources of the console in another place, with links to the packages."""
    modules = tmp_path / ".local" / "console" / "node_modules"
    modules.mkdir(parents=True)
    for package in (PACKAGES / "node_modules").glob("[!.]*"):
        (modules / package.name).symlink_to(package)
    ignored = shutil.ignore_patterns("node_modules", "schema.d.ts")
    return shutil.copytree(SOURCES, tmp_path / "console", ignore=ignored)


def test_the_same_sources_give_the_same_bytes_wherever_they_are(copy: Path) -> None:
    built = run_node("build.mjs", folder=copy)

    assert built.returncode == 0, built.stderr
    again = copy.parent / BUILT.relative_to(ROOT)
    expected = {path.relative_to(BUILT): path.read_bytes() for path in BUILT.rglob("*") if path.is_file()}
    expected.pop(Path(".built"), None)
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == expected


def test_what_the_bundler_warns_of_fails_the_build(copy: Path) -> None:
    with (copy / "src" / "styles" / "main.css").open("a", encoding="utf-8") as styles:
        styles.write("<<<<<<< HEAD\n")

    built = run_node("build.mjs", folder=copy)

    assert built.returncode == 1
    assert "css-syntax-error" in built.stderr


def test_a_package_without_a_licence_text_fails_the_build(copy: Path) -> None:
    unlicensed = copy.parent / ".local" / "console" / "node_modules" / "unlicensed"
    unlicensed.mkdir()
    (unlicensed / "index.js").write_text("globalThis.unlicensed = 1;", "utf-8")
    lock = json.loads((copy / "package-lock.json").read_text("utf-8"))
    lock["packages"]["node_modules/unlicensed"] = {"version": "1.0.0", "license": "MIT", "integrity": "sha512-"}
    (copy / "package-lock.json").write_text(json.dumps(lock), "utf-8")
    with (copy / "src" / "main.tsx").open("a", encoding="utf-8") as main:
        main.write('import "unlicensed";\n')

    built = run_node("build.mjs", folder=copy)

    assert built.returncode == 1
    assert "unlicensed has no licence text" in built.stderr
