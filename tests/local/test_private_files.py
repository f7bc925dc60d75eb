"""Private files: their owner alone may read them, and they are never half written."""

from pathlib import Path

import pytest

from local.private_files import write_private


def test_only_the_owner_may_read_it_and_a_new_text_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_private(path, "old")
    write_private(path, "new")
    assert path.read_text("utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\udcff")
    assert path.read_text("utf-8") == "old"
