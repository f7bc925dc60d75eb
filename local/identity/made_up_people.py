"""The made-up people who sign in to the console of the local stack, each for one way to work with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody of the tenant; `id` is the object id, `key` names the person in requests."""

    key: str
    id: str
    name: str
    description: str
    roles: Sequence[str] = ()

    @property
    def username(self) -> str:
        """The user principal name."""
        return f"{self.key}@contoso.example"


_PEOPLE = (
    Person(
        "officer",
        "a1c4e8f2-5b07-4d93-8e61-2f9b7c3d0a58",
        "Olivia Officer",
        "Answers requests: starts exports, sees all of them, and downloads their files",
        ("Exports.Submit", "Exports.Read", "Exports.Download"),
    ),
    Person(
        "reader",
        "b2d5f9a3-6c18-4ea4-9f72-30ac8d4e1b69",
        "Rafael Reader",
        "Sees all exports, and changes none",
        ("Exports.Read",),
    ),
    Person(
        "submitter",
        "c3e6a0b4-7d29-4fb5-a083-41bd9e5f2c7a",
        "Selma Submitter",
        "Starts exports, and sees her own",
        ("Exports.Submit",),
    ),
    Person(
        "administrator",
        "d4f7b1c5-8e3a-40c6-b194-52ceaf603d8b",
        "Amara Administrator",
        "Does everything but download",
        ("Exports.Admin", "Exports.Operate"),
    ),
    Person(
        "nobody",
        "e5a8c2d6-9f4b-41d7-82a5-63dfb0714e9c",
        "Noor Nobody",
        "Has no app role, so Microsoft Entra ID refuses the sign-in",
    ),
)

PEOPLE: Mapping[str, Person] = {person.key: person for person in _PEOPLE}
"""By their keys, in the order in which they are offered."""
