"""The app roles of the API, and what a caller with them may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.http.api_errors import ApiError, ApiErrorCode, export_not_found

if TYPE_CHECKING:
    from shared.exports.export import Export


class AppRole(StrEnum):
    """The app roles of the API."""

    SUBMIT = "Exports.Submit"
    """Start exports, and see, cancel, retry, hand over and erase one's own."""
    READ = "Exports.Read"
    """See all exports, and subscribe to what becomes of them."""
    DOWNLOAD = "Exports.Download"
    """List and download the files of the exports that one may see: one's own, or all with `READ` or `ADMIN`."""
    OPERATE = "Exports.Operate"
    """Run the preflight, and list and delete everybody's subscriptions. It shows no export."""
    ADMIN = "Exports.Admin"
    """Everything but download: whoever administers exports need not see what is in them."""


SEES_EXPORTS = (AppRole.READ, AppRole.SUBMIT)
"""The roles that let a caller look at an export that it may see."""
SEES_FILES = (*SEES_EXPORTS, AppRole.DOWNLOAD)
"""The roles that let a caller list the files of an export that it may see."""
SEES_SUBSCRIPTIONS = (AppRole.READ, AppRole.OPERATE)
"""The roles that let a caller list and delete subscriptions: with `READ` its own, with `OPERATE` all."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated principal behind a call."""

    id: str
    roles: frozenset[str]
    name: str | None = field(default=None, repr=False)
    """What a person is called, for that person's own eyes; None for an application."""

    def require(self, *roles: AppRole) -> None:
        """Checks that the caller has one of the roles.

        Raises:
            ApiError: 403 Forbidden.
        """
        if not self.has(*roles):
            message = f"This call takes the app role {' or '.join(roles)}. Ask for its assignment in Entra ID."
            raise ApiError(ApiErrorCode.FORBIDDEN, message)

    def has(self, *roles: AppRole) -> bool:
        """Whether the caller has one of the roles; an administrator has all but `DOWNLOAD`."""
        return bool(self.roles & set(roles)) or (AppRole.ADMIN in self.roles and set(roles) != {AppRole.DOWNLOAD})

    def may_see(self, requester: str) -> bool:
        """Whether the caller may see what this principal asked for."""
        return requester == self.id or self.has(AppRole.READ)

    def require_change_of(self, export: Export) -> None:
        """Checks that the caller may change an export: its requester, or an administrator.

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
