"""The settings of the storage account that exports are written to, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

CONTAINER_NAME_PREFIX = "export-"
"""The names of the containers of exports begin with this. The lifecycle rule of the templates deletes by it."""


def package_container_name(export_id: str) -> str:
    """The name of the container of an export's packages: none of an attempt, because Microsoft may not write there."""
    return f"{CONTAINER_NAME_PREFIX}{export_id}-package"


class ViolationAction(StrEnum):
    """What the account does with a SAS that its policy rules out."""

    NONE = "None"
    LOG = "Log"
    BLOCK = "Block"


@dataclass(frozen=True, slots=True)
class SasPolicy:
    """What the account asks of every SAS."""

    period: timedelta | None = None
    """The longest that a SAS should last; None for no limit."""
    period_action: ViolationAction = ViolationAction.LOG
    """What happens to one that lasts longer or has no start time."""
    user_bound_action: ViolationAction = ViolationAction.NONE
    """What happens to a user-delegation SAS that isn't bound to a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRule:
    """A rule that deletes or archives blobs by themselves. The days count from whichever date the rule goes by."""

    name: str
    prefixes: tuple[str, ...] = ()
    """Only blobs whose container and name begin with one of these; all blobs where there is none."""
    delete_after_days: int | None = None
    archive_after_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAccount:
    """The settings that decide whether exports can be written, kept and erased.

    The defaults are those of an account that was made with no more than a name, a region and a kind.
    """

    kind: str
    """Azure's name of the kind, such as `StorageV2`."""
    is_premium: bool = False
    has_hierarchical_namespace: bool = False
    public_network_access: str = "Enabled"
    """`Enabled`, `Disabled` or `SecuredByPerimeter`."""
    allows_all_networks: bool = True
    """Whether the firewall lets in what no rule names."""
    private_endpoints: int = 0
    allows_shared_keys: bool = True
    allows_anonymous_access: bool = True
    requires_https: bool = True
    minimum_tls_version: str = "TLS1_0"
    copy_scope: str = ""
    """Where blobs may be copied from and to: `AAD`, `PrivateLink`, or nothing for everywhere."""
    sas_policy: SasPolicy = SasPolicy()
    has_version_immutability: bool = False
    """Whether all containers support immutable versions."""
    has_versioning: bool = False
    has_point_in_time_restore: bool = False
    has_change_feed: bool = False
    change_feed_days: int | None = None
    """How long the change feed is kept; None for ever."""
    blob_soft_delete_days: int = 0
    """How long a deleted or overwritten blob can be restored; 0 where it can't."""
    container_soft_delete_days: int = 0
    """How long a deleted container can be restored; 0 where it can't."""
    lifecycle_rules: tuple[LifecycleRule, ...] = ()
    """The rules that are switched on."""


@dataclass(frozen=True, slots=True)
class AccountUnread:
    """The settings could not be read."""

    code: str
    """The error code of Azure Resource Manager, or the kind of the failure; it holds no secret."""
    status: int | None = None
    """The HTTP status of its response; None where there was none."""
