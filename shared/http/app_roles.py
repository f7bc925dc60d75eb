"""The app roles of the API, and what a caller with them may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.http.api_errors import ApiError, ApiErrorCode, export_not_found

if TYPE_CHECKING:
    from shared.exports.export import Export


class AppRole(StrEnum):
    """The app roles of the API."""

    SUBMIT = "Exports.Submit"
    """Start exports, and see, cancel, retry and erase one's own."""
    READ = "Exports.Read"
    """See all exports, and subscribe to their ends."""
    DOWNLOAD = "Exports.Download"
    """Get download links for the exports that one may see."""
    ADMIN = "Exports.Admin"
    """Everything."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated principal behind a call."""

    id: str
    roles: frozenset[str]

    def require(self, *roles: AppRole) -> None:
        """Checks that the caller has one of the roles.

        Raises:
            ApiError: 403 Forbidden.
        """
        if not self.has(*roles):
            message = f"This call takes the app role {' or '.join(roles)}. Ask for its assignment in Entra ID."
            raise ApiError(ApiErrorCode.FORBIDDEN, message)

    def has(self, *roles: AppRole) -> bool:
        """Whether the caller has one of the roles; an administrator has all."""
        return bool(self.roles & {AppRole.ADMIN, *roles})

    def may_see(self, requester: str) -> bool:
        """Whether the caller may see what this principal asked for."""
        return requester == self.id or self.has(AppRole.READ)

    def require_change_of(self, export: Export) -> None:
        """Checks that the caller may cancel, retry or erase an export: its requester, or an administrator.

        Raises:
            ApiError: 403 Forbidden.
        """
        if export.caller != self.id:
            self.require(AppRole.ADMIN)

    def see(self, export: Export | None) -> Export:
        """The export, if there is one and this caller may see it.

        Raises:
            ApiError: 404 ExportNotFound.
        """
        if export is None or not self.may_see(export.caller):
            raise export_not_found()
        return export
