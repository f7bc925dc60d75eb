"""Reads and checks the settings of a deployment (docs/settings.md). Nothing else reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.exports.configured_limits import Limits
from shared.exports.states_and_codes import GrantKind
from shared.national_clouds import CLOUDS, Cloud
from shared.settings_reader import SettingsReader, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.proxies import Proxies

AUTH_MODES = ("entra", "functionKey")
POLICY_DELAY = timedelta(seconds=30)
"""How long a new stored policy may take to work (Microsoft, "Define a stored access policy"). Azurite takes no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """What the console needs to sign people in. None of it is secret: every visitor gets it."""

    client_id: str
    authority: str
    """The tenant's authority, without a slash at the end, such as https://login.microsoftonline.com/<tenant>."""
    scope: str

    @property
    def authority_origin(self) -> str:
        """The scheme, host and port of the authority."""
        parts = urlsplit(self.authority)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A deployment's settings, checked."""

    cloud: Cloud
    graph_root: str
    """Graph's root without a version: the cloud's, or the loopback stand-in of GRAPH_ENDPOINT."""
    blob_endpoint: str
    account_id: str | None
    """The resource id of the export account; None where the preflight can't look at its settings."""
    resource_manager_root: str
    """Azure Resource Manager's root: the cloud's, or the loopback stand-in of RESOURCE_MANAGER_ENDPOINT."""
    account_key: str | None = field(repr=False)
    grant: GrantKind
    table_endpoint: str
    auth_mode: str
    platform_auth: bool
    """Whether App Service authentication is on. Only then are its headers trusted: else anybody could send them."""
    public_base_url: str | None
    console: ConsoleSettings | None
    """None: this deployment has no console."""
    callback_hosts: tuple[str, ...]
    """Hosts that callbacks may go to, each with its subdomains. Empty: this deployment sends no callbacks."""
    callback_key: bytes = field(repr=False)
    """The key that signs callbacks; empty where none are sent."""
    reconcile_schedule: str
    sweep_schedule: str
    limits: Limits
    managed_identity: bool
    """Whether the platform offers a managed identity. Without one a developer's own sign-in is used."""
    client_id: str | None
    """The client id of a user-assigned identity; None for the system-assigned one."""
    proxies: Proxies


@cache
def settings() -> Settings:
    """This process's settings, read once; raises SettingsError where one is wrong."""
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment.

    Raises:
        SettingsError: naming every setting that is missing or wrong, and what it takes.
    """
    reader = SettingsReader(environment)
    cloud = CLOUDS[reader.choice("GRAPH_CLOUD", tuple(CLOUDS), default="Global")]
    account_key = reader.base64_key("EXPORT_ACCOUNT_KEY")
    default_grant = GrantKind.STORED_POLICY if account_key else GrantKind.USER_DELEGATION
    grant = GrantKind(reader.choice("EXPORT_GRANT", tuple(GrantKind), default=default_grant))
    if grant is GrantKind.STORED_POLICY and "EXPORT_ACCOUNT_KEY" not in reader.present:
        reader.problem(
            "EXPORT_ACCOUNT_KEY", "is needed where EXPORT_GRANT is storedPolicy: a key of the export account"
        )
    reader.all_or_none("CALLBACK_ALLOWED_HOSTS", "CALLBACK_SIGNING_SECRET")
    if "EXPORT_DUE_DAYS" in reader.present:
        reader.problem("EXPORT_DUE_DAYS", "is now EXPORT_DUE: remove it, and for 45 days set EXPORT_DUE to P45D")
    blob_endpoint = reader.storage_endpoint("EXPORT_BLOB_ENDPOINT", "blob", cloud)
    poll_floor = timedelta(seconds=reader.number("EXPORT_POLL_MIN_SECONDS", default=30, least=1, most=3600))
    auth_mode = reader.choice("AUTH_MODE", AUTH_MODES, default="entra")
    reader.all_or_none("CONSOLE_CLIENT_ID", "CONSOLE_AUTHORITY", "CONSOLE_SCOPE")
    console = ConsoleSettings(
        client_id=reader.client_id("CONSOLE_CLIENT_ID"),
        authority=reader.authority("CONSOLE_AUTHORITY", cloud),
        scope=reader.scope("CONSOLE_SCOPE"),
    )
    settings = Settings(
        cloud=cloud,
        graph_root=reader.loopback_root("GRAPH_ENDPOINT") or cloud.graph_root,
        blob_endpoint=blob_endpoint,
        account_id=reader.account_id("EXPORT_ACCOUNT_ID", blob_endpoint),
        resource_manager_root=reader.loopback_root("RESOURCE_MANAGER_ENDPOINT") or cloud.resource_manager_root,
        account_key=account_key,
        grant=grant,
        table_endpoint=reader.storage_endpoint("OUTCOME_TABLE_ENDPOINT", "table", cloud),
        auth_mode=auth_mode,
        platform_auth=reader.text("WEBSITE_AUTH_ENABLED", "").lower() == "true",
        public_base_url=reader.base_url("PUBLIC_BASE_URL"),
        # Whoever has a function key may do everything, so nobody signs in.
        console=console if console.client_id and auth_mode == "entra" else None,
        callback_hosts=reader.callback_hosts("CALLBACK_ALLOWED_HOSTS", local="GRAPH_ENDPOINT" in reader.present),
        callback_key=reader.signing_key("CALLBACK_SIGNING_SECRET"),
        reconcile_schedule=reader.text("RECONCILE_SCHEDULE", "0 */5 * * * *"),
        sweep_schedule=reader.text("RECONCILE_SWEEP_SCHEDULE", "0 30 2 * * *"),
        limits=Limits(
            due_after=reader.period("EXPORT_DUE", default="P1M"),
            poll_floor=poll_floor,
            policy_delay=min(POLICY_DELAY, poll_floor) if is_loopback(blob_endpoint) else POLICY_DELAY,
            graph_timeout=timedelta(seconds=reader.number("GRAPH_TIMEOUT_SECONDS", default=60, least=1, most=100)),
            permission_wait=timedelta(
                seconds=reader.number("EXPORT_PERMISSION_WAIT_SECONDS", default=3600, least=0, most=86_400)
            ),
            retain_for=timedelta(days=reader.number("EXPORT_RETENTION_DAYS", default=30, least=1, most=3650)),
            due_soon=timedelta(days=reader.number("EXPORT_DUE_SOON_DAYS", default=5, least=0, most=365)),
            abandon_after=timedelta(days=reader.number("EXPORT_ABANDON_DAYS", default=35, least=1, most=365)),
            submissions_per_day=reader.number("GRAPH_SUBMISSIONS_PER_DAY", default=1000, least=1, most=1_000_000),
            max_attempts=reader.number("EXPORT_MAX_ATTEMPTS", default=10, least=1, most=20),
            expect_handover=reader.flag("EXPORT_EXPECT_HANDOVER", default=False),
        ),
        managed_identity="IDENTITY_ENDPOINT" in reader.present,
        client_id=reader.text("AZURE_CLIENT_ID", "") or None,
        proxies=reader.proxies(),
    )
    reader.check()
    return settings
