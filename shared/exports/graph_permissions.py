"""The Microsoft Graph application permissions that exports need.

Source: the reference of `exportPersonalData` and `dataPolicyOperation` (Microsoft Graph).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.states_and_codes import SubjectType

if TYPE_CHECKING:
    from collections.abc import Sequence

USER_PERMISSIONS = ("User.Export.All", "User.Read.All")
"""What the export of a user takes, and reading the operation of any export."""
INBOUND_PERMISSION = "CrossTenantUserProfileSharing.Read.All"
"""What the export of an inbound shared user profile takes in addition."""


def required_permissions(subject_type: SubjectType) -> tuple[str, ...]:
    """The application permissions that the export of such a subject takes, all of them."""
    if subject_type is SubjectType.INBOUND_SHARED_USER_PROFILE:
        return (INBOUND_PERMISSION, *USER_PERMISSIONS)
    return USER_PERMISSIONS


def explain_how_to_grant(permissions: Sequence[str]) -> str:
    """What to do if these permissions are missing; at least one."""
    *others, last = permissions
    names = f"{', '.join(others)} and {last}" if others else last
    return (
        f"Grant the app's managed identity the Microsoft Graph application permissions {names}, with admin consent. "
        "A new permission can take an hour to work."
    )
