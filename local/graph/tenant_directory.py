"""The people in the directory: users of the tenant, and profiles that other tenants share with it."""

import sqlite3
from dataclasses import astuple, dataclass

from local.graph.graph_routes import SubjectType

HOME_TENANT_ID = "9d4e7a26-0c85-4b3f-a1f7-52c6e8b0d913"
"""The tenant that all profiles come from."""


@dataclass(frozen=True)
class User:
    """A user of the directory; `id` is the object id."""

    id: str
    user_principal_name: str
    display_name: str


@dataclass(frozen=True)
class Profile:
    """An inbound shared user profile; `id` is the person's object id in their home tenant."""

    id: str
    user_principal_name: str
    display_name: str
    home_tenant_id: str = HOME_TENANT_ID


SEEDED_USERS = (
    User("11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23", "adele.fictive@contoso.example", "Adele Fictive"),
    User("22a7d9e0-6c14-4f8b-b3d5-1e9c7a2f4068", "bruno.sample@contoso.example", "Bruno Sample"),
    User("33c5e1b4-9f20-4a6d-87e3-0b4d2c8f6a15", "carla.placeholder@contoso.example", "Carla Placeholder"),
    User("44e8b3d2-1a5c-4970-a6f1-7c3e9d0b2f84", "dilip.example@contoso.example", "Dilip Example"),
    User("55b0f7c6-4d39-4e1a-92c8-a5f6e1d3087b", "esra.pretend@contoso.example", "Esra Pretend"),
)
SEEDED_PROFILES = (
    Profile("66d1a4e9-8e02-4c5b-b7f0-3d9e6c1a2f50", "finn.external@fabrikam.example", "Finn External"),
    Profile("77f3c8b5-2d61-4f9e-a0c4-6b8d1e7f3a92", "gita.visitor@fabrikam.example", "Gita Visitor"),
)


class Directory:
    """The people in the database; the seeded ones are always there."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # What a test has put there outlives a restart.
        database.executemany("INSERT OR IGNORE INTO users VALUES (?, ?, ?)", map(astuple, SEEDED_USERS))
        database.executemany("INSERT OR IGNORE INTO profiles VALUES (?, ?, ?, ?)", map(astuple, SEEDED_PROFILES))

    def put_user(self, user: User) -> None:
        """Add a user; it replaces one with the same id or principal name."""
        self._database.execute("INSERT OR REPLACE INTO users VALUES (?, ?, ?)", astuple(user))

    def put_profile(self, profile: Profile) -> None:
        """Add a profile; it replaces one with the same id."""
        self._database.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?, ?, ?)", astuple(profile))

    def user(self, key: str) -> User | None:
        """Find a user by object id or principal name."""
        row = self._database.execute(
            "SELECT id, user_principal_name, display_name FROM users WHERE id = ? OR user_principal_name = ?",
            (key.lower(), key),
        ).fetchone()
        return User(*row) if row else None

    def profile(self, profile_id: str) -> Profile | None:
        """Find an inbound shared profile by id."""
        row = self._database.execute(
            "SELECT id, user_principal_name, display_name, home_tenant_id FROM profiles WHERE id = ?", (profile_id,)
        ).fetchone()
        return Profile(*row) if row else None

    def subject(self, subject_type: SubjectType, subject_id: str) -> User | Profile | None:
        """Find the person to export by object id."""
        return self.user(subject_id) if subject_type is SubjectType.USER else self.profile(subject_id)
