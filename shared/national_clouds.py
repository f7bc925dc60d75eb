"""The national clouds: where Graph, sign-in and storage are in each, and which export exists there.

Sources: "National cloud deployments" (Microsoft Graph) for roots and authorities; the API pages and the published
metadata for what exists where: outside the global cloud only the beta version has the export of a user, and none has
the export of an inbound shared user profile.
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
    """Host of the sign-in service."""
    storage_suffix: str
    """What the host names of storage accounts end with."""
    submit_versions: Mapping[SubjectType, str]
    """The Graph version that has the export of a subject type; a type that is not in it can't be exported here."""
    operations_version: str
    """The Graph version that has dataPolicyOperations."""

    @property
    def graph_scope(self) -> str:
        """The scope of a token for this cloud's Graph."""
        return f"{self.graph_root}/.default"


_BETA_USER_ONLY = {SubjectType.USER: "beta"}
CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="Global",
            graph_root="https://graph.microsoft.com",
            authority="login.microsoftonline.com",
            storage_suffix="core.windows.net",
            submit_versions={SubjectType.USER: "v1.0", SubjectType.INBOUND_SHARED_USER_PROFILE: "beta"},
            operations_version="v1.0",
        ),
        Cloud(
            name="USGov",
            graph_root="https://graph.microsoft.us",
            authority="login.microsoftonline.us",
            storage_suffix="core.usgovcloudapi.net",
            submit_versions=_BETA_USER_ONLY,
            operations_version="beta",
        ),
        Cloud(
            name="USGovDoD",
            graph_root="https://dod-graph.microsoft.us",
            authority="login.microsoftonline.us",
            storage_suffix="core.usgovcloudapi.net",
            submit_versions=_BETA_USER_ONLY,
            operations_version="beta",
        ),
        Cloud(
            name="China",
            graph_root="https://microsoftgraph.chinacloudapi.cn",
            authority="login.chinacloudapi.cn",
            storage_suffix="core.chinacloudapi.cn",
            submit_versions=_BETA_USER_ONLY,
            operations_version="beta",
        ),
    )
}
