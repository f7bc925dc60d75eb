"""The app roles of the API, and what a caller with them may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.http.api_errors import ApiError, not_found

if TYPE_CHECKING:
    from shared.exports.export import Export


class AppRole(StrEnum):
    """The app roles of the API."""

    SUBMIT = "Exports.Submit"
    """Ask for exports, and see one's own."""
    READ = "Exports.Read"
    """See all exports."""
    DOWNLOAD = "Exports.Download"
    """Get at exported data."""
    ADMIN = "Exports.Admin"
    """All of it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated principal behind a call."""

    id: str
    roles: frozenset[str]

    def require(self, *roles: AppRole) -> None:
        """Passes a caller with one of the roles.

        Raises:
            ApiError: 403, for any other.
        """
        if not self.has(*roles):
            needed = " or ".join(roles)
            raise ApiError(
                403, "Forbidden", f"This call takes the app role {needed}. Ask for its assignment in Entra ID."
            )

    def has(self, *roles: AppRole) -> bool:
        """Whether the caller has one of the roles; an administrator has all."""
        return bool(self.roles & {AppRole.ADMIN, *roles})

    def see(self, export: Export | None) -> Export:
        """The export, where there is one that this caller may see.

        Raises:
            ApiError: 404.
        """
        if export is None or not (self.has(AppRole.READ) or export.caller == self.id):
            raise not_found()
        return export
