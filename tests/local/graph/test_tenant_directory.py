"""People in the database."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.graph.graph_database import open_database
from local.graph.graph_routes import SubjectType, is_guid
from local.graph.tenant_directory import SEEDED_PROFILES, SEEDED_USERS, Directory, Profile, User

USER, ANOTHER = SEEDED_USERS[:2]
PROFILE = SEEDED_PROFILES[0]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_database(tmp_path)
    yield connection
    connection.close()


def test_the_seeded_people_are_made_up_and_unmistakable() -> None:
    people: list[User | Profile] = [*SEEDED_USERS, *SEEDED_PROFILES]

    assert all(is_guid(person.id) and person.id == person.id.lower() for person in people)
    assert all(person.user_principal_name.endswith(".example") for person in people)
    assert len({person.id for person in people}) == len(people)


def test_a_subject_is_either_a_user_or_a_profile(database: sqlite3.Connection) -> None:
    directory = Directory(database)

    assert directory.subject(SubjectType.USER, USER.id) == USER
    assert directory.subject(SubjectType.INBOUND_PROFILE, PROFILE.id) == PROFILE
    assert directory.subject(SubjectType.USER, PROFILE.id) is None
    assert directory.subject(SubjectType.INBOUND_PROFILE, USER.id) is None


def test_what_was_put_there_outlives_a_restart(database: sqlite3.Connection) -> None:
    renamed, moved = replace(USER, display_name="Renamed"), replace(PROFILE, home_tenant_id="elsewhere")
    Directory(database).put_user(renamed)
    Directory(database).put_profile(moved)

    assert Directory(database).user(USER.id) == renamed
    assert Directory(database).profile(PROFILE.id) == moved


def test_a_principal_name_belongs_to_the_last_user_with_it(database: sqlite3.Connection) -> None:
    directory = Directory(database)
    directory.put_user(replace(USER, user_principal_name=ANOTHER.user_principal_name.upper()))

    assert directory.user(ANOTHER.id) is None
    found = directory.user(ANOTHER.user_principal_name)
    assert found is not None
    assert found.id == USER.id
