"""The hash of a manifest."""

import hashlib
import subprocess
from pathlib import Path

from shared.exports.export import File
from shared.exports.manifest_hash import NOT_HASHED, ManifestHash
from tests.exports.samples import NOW


def test_it_is_the_hash_of_what_sha256sum_prints(tmp_path: Path) -> None:
    names = ["a.json", "b c.csv", "d.txt"]
    manifest = ManifestHash()
    for name in names:
        (tmp_path / name).write_text(name * 3)
        digest = hashlib.sha256((name * 3).encode()).hexdigest()
        manifest.add(File(name=name, size=1, md5="", sha256=digest, modified_at=NOW))
    printed = subprocess.run(["sha256sum", *names], cwd=tmp_path, capture_output=True, check=True).stdout  # noqa: S603, S607
    assert manifest.hexdigest() == hashlib.sha256(printed).hexdigest()


def test_a_file_without_a_hash_has_its_place() -> None:
    manifest = ManifestHash()
    manifest.add(File(name="a", size=1, md5=None, sha256=None, modified_at=NOW))
    assert manifest.hexdigest() == hashlib.sha256(f"{NOT_HASHED}  a\n".encode()).hexdigest()
