"""The lock: one run at a time uses a state folder."""

import os
from pathlib import Path

import pytest

from local.stack.state_folder_lock import LockedError, StateFolderLock


def test_the_second_run_learns_who_holds_the_lock(tmp_path: Path) -> None:
    first, second = StateFolderLock(tmp_path / "run.lock"), StateFolderLock(tmp_path / "run.lock")
    first.take()
    first.announce("http://127.0.0.1:1/api")

    with pytest.raises(LockedError, match=rf"process {os.getpid()}, its API is http://127.0.0.1:1/api\."):
        second.take()
    first.release()


def test_it_can_be_taken_again_after_its_release(tmp_path: Path) -> None:
    for _ in range(2):
        lock = StateFolderLock(tmp_path / "run.lock")
        lock.take()
        lock.release()


def test_a_refused_run_leaves_the_announcement_of_the_first_alone(tmp_path: Path) -> None:
    first, second, third = (StateFolderLock(tmp_path / "run.lock") for _ in range(3))
    first.take()
    first.announce("http://127.0.0.1:1/api")
    with pytest.raises(LockedError):
        second.take()

    with pytest.raises(LockedError, match=r"127\.0\.0\.1:1/api"):
        third.take()
    first.release()
