"""The national clouds: the addresses of Graph, sign-in, storage and Azure in each, and the exports that it offers.

Sources: "National cloud deployments" (Microsoft Graph) for roots and authorities; the table of clouds in MSAL.js for
where people sign in; the API pages and the published metadata for the exports; "Compare Azure Government and global
Azure" and "Check endpoints in Azure" (Azure China) for Azure. Outside the global cloud only the beta version can export
a user, and no version can export an inbound shared user profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import SubjectType

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cloud:
    """One national cloud."""

    name: str
    graph_root: str
    """Root of Microsoft Graph, without a version."""
    authority: str
    """Host of the sign-in service, for the app's own identity."""
    sign_in_host: str
    """Host that people sign in at, and that tokens name as their issuer. In China the authority has another name."""
    storage_suffix: str
    """The end of the host names of storage accounts."""
    resource_manager_root: str
    """Root of Azure Resource Manager."""
    submit_versions: Mapping[SubjectType, str]
    """The Graph version that exports each subject type. A type that is missing can't be exported in this cloud."""
    operations_version: str
    """The Graph version to read dataPolicyOperations from."""

    @property
    def graph_scope(self) -> str:
        """The scope of a token for this cloud's Graph."""
        return f"{self.graph_root}/.default"

    @property
    def resource_manager_scope(self) -> str:
        """The scope of a token for this cloud's Azure Resource Manager."""
        return f"{self.resource_manager_root}/.default"


_BETA_USER_ONLY = {SubjectType.USER: "beta"}
CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="Global",
            graph_root="https://graph.microsoft.com",
            authority="login.microsoftonline.com",
            sign_in_host="login.microsoftonline.com",
            storage_suffix="core.windows.net",
            resource_manager_root="https://management.azure.com",
            submit_versions={SubjectType.USER: "v1.0", SubjectType.INBOUND_SHARED_USER_PROFILE: "beta"},
            operations_version="v1.0",
        ),
        Cloud(
            name="USGov",
            graph_root="https://graph.microsoft.us",
            authority="login.microsoftonline.us",
            sign_in_host="login.microsoftonline.us",
            storage_suffix="core.usgovcloudapi.net",
            resource_manager_root="https://management.usgovcloudapi.net",
            submit_versions=_BETA_USER_ONLY,
            operations_version="beta",
        ),
        Cloud(
            name="USGovDoD",
            graph_root="https://dod-graph.microsoft.us",
            authority="login.microsoftonline.us",
            sign_in_host="login.microsoftonline.us",
            storage_suffix="core.usgovcloudapi.net",
            resource_manager_root="https://management.usgovcloudapi.net",
            submit_versions=_BETA_USER_ONLY,
            operations_version="beta",
        ),
        Cloud(
            name="China",
            graph_root="https://microsoftgraph.chinacloudapi.cn",
            authority="login.chinacloudapi.cn",
            sign_in_host="login.partner.microsoftonline.cn",
            storage_suffix="core.chinacloudapi.cn",
            resource_manager_root="https://management.chinacloudapi.cn",
            submit_versions=_BETA_USER_ONLY,
            operations_version="beta",
        ),
    )
}
