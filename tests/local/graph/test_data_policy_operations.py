"""Operations as values, and in the database."""

import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.graph.data_policy_operations import Ending, Operation, Operations
from local.graph.graph_database import open_database
from local.graph.graph_routes import SubjectType

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
OPERATION = Operation("id", SubjectType.USER, "subject", "https://a/c?sig=secret", NOW, NOW + 2 * DAY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_database(tmp_path / "state")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("age", "progress"), [(0 * DAY, 0), (0.5 * DAY, 0.25), (1.99 * DAY, 0.95), (30 * DAY, 0.95), (-1 * DAY, 0)]
)
def test_progress_follows_time_but_never_reaches_the_end(age: timedelta, progress: float) -> None:
    assert OPERATION.progress(NOW + age) == progress


def test_an_operation_that_takes_no_time_has_a_progress() -> None:
    assert replace(OPERATION, due=NOW).progress(NOW) == 0


@pytest.mark.parametrize(
    ("ending", "status"), [(Ending.COMPLETE, "complete"), (Ending.EMPTY, "complete"), (Ending.FAILED, "failed")]
)
def test_the_outcome_shows_only_at_the_end(ending: Ending, status: str) -> None:
    operation = replace(OPERATION, ending=ending)

    assert operation.status == "running"
    assert replace(operation, completed=NOW).status == status


@pytest.mark.parametrize("completed", [None, NOW])
def test_the_sas_is_never_shown(completed: datetime | None) -> None:
    operation = replace(OPERATION, completed=completed)

    assert "secret" not in f"{operation.as_json('http://root', NOW)} {operation}"


def test_an_operation_comes_back_as_it_was(database: sqlite3.Connection) -> None:
    operations = Operations(database)
    done = replace(OPERATION, id="done", submitted=NOW - DAY, ending=Ending.FAILED, completed=NOW)
    for operation in (OPERATION, done):
        operations.add(operation)

    assert operations.all() == [done, OPERATION]
    assert operations.find("DONE") == done
    assert operations.find("none") is None


def test_an_operation_ends_or_is_given_up(database: sqlite3.Connection) -> None:
    operations = Operations(database)
    operations.add(OPERATION)

    operations.give_up(OPERATION.id)
    assert operations.find(OPERATION.id) == replace(OPERATION, ending=Ending.NEVER)
    operations.complete(OPERATION.id, NOW)
    assert operations.find(OPERATION.id) == replace(OPERATION, ending=Ending.NEVER, completed=NOW)


def test_all_of_the_state_is_for_its_owner_alone(database: sqlite3.Connection, tmp_path: Path) -> None:
    Operations(database).add(OPERATION)

    files = list((tmp_path / "state").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
