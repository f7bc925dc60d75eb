"""Reads and checks the settings of a deployment (docs/settings.md). Nothing else reads the environment."""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.exports.calendar_period import CalendarPeriod
from shared.exports.configured_limits import Limits
from shared.exports.ids import GUID, is_guid
from shared.exports.states_and_codes import GrantKind
from shared.host_names import LOOPBACK_HOSTS, is_host_name
from shared.national_clouds import CLOUDS, Cloud
from shared.proxies import Proxies, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AUTH_MODES = ("entra", "functionKey")
POLICY_DELAY = timedelta(seconds=30)
"""How long a new stored policy may take to work (Microsoft, "Define a stored access policy"). Azurite takes no time."""
_LEAP_YEAR = datetime(2000, 1, 1, tzinfo=UTC)
_SIGNING_PREFIX = "whsec_"
_SIGNING_KEY_BYTES = (24, 64)
"""The fewest and the most, by Standard Webhooks."""

_LOOPBACK = r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?"
_SCOPE = re.compile(r"[!-~]+/[!-~]+")
_ACCOUNT_ID = re.compile(
    rf"/subscriptions/{GUID}/resourceGroups/[\w.()-]{{0,89}}[\w()-]/providers/Microsoft\.Storage/storageAccounts/"
    r"(?P<account>[a-z0-9]{3,24})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
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


class SettingsError(Exception):
    """One or more settings are missing or wrong; the message names each and says what it takes."""


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
    reader = _Reader(environment)
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
    console = reader.console("CONSOLE_CLIENT_ID", "CONSOLE_AUTHORITY", "CONSOLE_SCOPE", cloud)
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
        console=console if auth_mode == "entra" else None,
        callback_hosts=reader.callback_hosts("CALLBACK_ALLOWED_HOSTS", local="GRAPH_ENDPOINT" in reader.present),
        callback_key=reader.signing_key("CALLBACK_SIGNING_SECRET"),
        reconcile_schedule=reader.text("RECONCILE_SCHEDULE", "0 */5 * * * *"),
        sweep_schedule=reader.text("RECONCILE_SWEEP_SCHEDULE", "0 30 2 * * *"),
        limits=Limits(
            due_after=reader.period("EXPORT_DUE", default="P1M"),
            poll_floor=poll_floor,
            policy_delay=min(POLICY_DELAY, poll_floor) if _is_loopback(blob_endpoint) else POLICY_DELAY,
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


def _account_name(endpoint: str) -> str:
    """The name of the account in an endpoint: in front of its host, or in the path on a loopback address."""
    parts = urlsplit(endpoint)
    return parts.path.strip("/") if _is_loopback(endpoint) else (parts.hostname or "").partition(".")[0]


def _is_loopback(endpoint: str) -> bool:
    return (urlsplit(endpoint).hostname or "") in LOOPBACK_HOSTS


class _Reader:
    """Reads typed values and collects the problems, so that one failed start names every mistake."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name: value.strip() for name, value in environment.items()}
        self.present = {name for name, value in self._values.items() if value}
        self._problems: list[str] = []

    def problem(self, name: str, text: str) -> None:
        """Notes what is wrong with a setting, without its value, which can be a secret."""
        self._problems.append(f"{name} {text}.")

    def check(self) -> None:
        """Raises SettingsError if anything was wrong."""
        if self._problems:
            raise SettingsError("\n".join(["The app's settings need a correction:", *self._problems]))

    def text(self, name: str, default: str) -> str:
        return self._values[name] if name in self.present else default

    def choice(self, name: str, allowed: tuple[str, ...], *, default: str) -> str:
        value = self.text(name, default)
        if value in allowed:
            return value
        self.problem(name, f"takes one of {', '.join(allowed)}")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false, in any case: ARM templates and Python write them with a capital."""
        value = self.text(name, str(default)).lower()
        if value not in {"true", "false"}:
            self.problem(name, "takes true or false")
        return value == "true"

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and least <= int(value) <= most:
            return int(value)
        self.problem(name, f"takes a whole number from {least} to {most}")
        return default

    def period(self, name: str, *, default: str) -> CalendarPeriod:
        try:
            period = CalendarPeriod.from_text(self.text(name, default))
        except ValueError:
            period = CalendarPeriod()
        if not timedelta(days=1) <= period.after(_LEAP_YEAR) - _LEAP_YEAR <= timedelta(days=366):
            self.problem(name, "takes an ISO 8601 period of years, months, weeks or days, from P1D to P1Y, such as P1M")
        return period

    def all_or_none(self, *names: str) -> None:
        given = [name for name in names if name in self.present]
        for name in names:
            if given and name not in given:
                self.problem(name, f"is needed where {given[0]} is set")

    def console(self, client_id: str, authority: str, scope: str, cloud: Cloud) -> ConsoleSettings | None:
        """What the console needs; None if nothing of it is set."""
        self.all_or_none(client_id, authority, scope)
        found = ConsoleSettings(
            self._checked(client_id, is_guid, "takes the client id of the console's app registration, which is a GUID"),
            self._checked(
                authority,
                lambda value: _is_authority(value, cloud),
                f"takes the authority of your tenant: https://{cloud.authority}/<tenant>",
            ).rstrip("/"),
            self._checked(
                scope,
                lambda value: _SCOPE.fullmatch(value) is not None,
                "takes the scope of this API, such as api://<tenant>/<name>/user_impersonation",
            ),
        )
        return found if client_id in self.present else None

    def _checked(self, name: str, fits: Callable[[str], bool], takes: str) -> str:
        value = self.text(name, "")
        if value and not fits(value):
            self.problem(name, takes)
        return value

    def callback_hosts(self, name: str, *, local: bool) -> tuple[str, ...]:
        """The hosts in a comma-separated list. Loopback hosts are allowed in a local stack only."""
        hosts = tuple(host.strip().lower() for host in self.text(name, "").split(",") if host.strip())
        if not all(is_host_name(host) or (local and host in LOOPBACK_HOSTS) for host in hosts):
            self.problem(
                name, "takes host names separated by commas, such as contoso.com,hooks.fabrikam.com, without wildcards"
            )
        return hosts

    def signing_key(self, name: str) -> bytes:
        value = self.text(name, "")
        if self._is_unresolved(name, value) or not value:
            return b""
        try:
            key = base64.b64decode(value.removeprefix(_SIGNING_PREFIX), validate=True)
        except binascii.Error:
            key = b""
        least, most = _SIGNING_KEY_BYTES
        if not (value.startswith(_SIGNING_PREFIX) and least <= len(key) <= most):
            self.problem(name, f"takes {_SIGNING_PREFIX} and {least} to {most} random bytes in base64")
        return key

    def base64_key(self, name: str) -> str | None:
        value = self.text(name, "")
        if self._is_unresolved(name, value):
            return None
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error:
            self.problem(name, "takes an account key in base64")
            return None
        return value or None

    def _is_unresolved(self, name: str, value: str) -> bool:
        is_reference = value.startswith("@Microsoft.KeyVault(")
        if is_reference:
            self.problem(
                name, "is a Key Vault reference that the platform could not resolve: check the vault and access"
            )
        return is_reference

    def account_id(self, name: str, blob_endpoint: str) -> str | None:
        """The resource id of a storage account, which must be the account of that endpoint."""
        value = self.text(name, "").rstrip("/")
        found = _ACCOUNT_ID.fullmatch(value)
        if value and not found:
            self.problem(
                name,
                "takes the resource id of a storage account: /subscriptions/<id>/resourceGroups/<name>/providers/"
                "Microsoft.Storage/storageAccounts/<account>",
            )
        elif found and blob_endpoint and found["account"].lower() != _account_name(blob_endpoint):
            self.problem(name, "is the id of another account than that of EXPORT_BLOB_ENDPOINT")
        return value or None

    def loopback_root(self, name: str) -> str | None:
        value = self.text(name, "").rstrip("/")
        if value and not _is_root(value, schemes=("http", "https"), loopback=True):
            self.problem(name, "takes the root of a stand-in on a loopback address, such as http://127.0.0.1:8080")
        return value or None

    def base_url(self, name: str) -> str | None:
        value = self.text(name, "").rstrip("/")
        parts = urlsplit(value)
        if value and not (
            parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
        ):
            self.problem(name, "takes an absolute URL, such as https://exports.example.com")
        return value or None

    def proxies(self) -> Proxies:
        """The proxies, from the variables that most programs read; the name in lower case counts first."""
        if self._in_either_case("ALL_PROXY") and not self._in_either_case("HTTPS_PROXY"):
            self.problem("ALL_PROXY", "is not read by every client: set HTTPS_PROXY, in its place or beside it")
        return Proxies(self._proxy("HTTP_PROXY"), self._proxy("HTTPS_PROXY"), self._in_either_case("NO_PROXY"))

    def _proxy(self, name: str) -> Proxy | None:
        address = self._in_either_case(name)
        try:
            return Proxy.at(address) if address else None
        except ValueError:
            self.problem(name, "takes the address of an HTTP proxy, such as http://proxy.contoso.com:8080")
            return None

    def _in_either_case(self, name: str) -> str:
        return self._values.get(name.lower(), self.text(name, ""))

    def storage_endpoint(self, name: str, service: str, cloud: Cloud) -> str:
        value = self.text(name, "").rstrip("/")
        host = urlsplit(value).hostname or ""
        example = f"https://<account>.{service}.{cloud.storage_suffix}"
        if not value:
            self.problem(name, f"is needed: the {service} endpoint of a storage account, such as {example}")
        elif _is_loopback(value):
            if urlsplit(value).scheme != "https":
                self.problem(name, f"takes an https URL, on a loopback address too, such as {example}")
        elif not (_is_root(value, schemes=("https",)) and host.endswith(f".{service}.{cloud.storage_suffix}")):
            self.problem(
                name, f"takes the {service} endpoint of a storage account in the cloud {cloud.name}: {example}"
            )
        return value


def _is_authority(value: str, cloud: Cloud) -> bool:
    """Whether it is the authority of a tenant in the cloud, or a stand-in. Its origin goes into a header as it is."""
    origin = rf"(?:https://{re.escape(cloud.authority)}|{_LOOPBACK})"
    return re.fullmatch(rf"{origin}/[A-Za-z0-9.-]+/?", value) is not None


def _is_root(value: str, *, schemes: tuple[str, ...], loopback: bool = False) -> bool:
    parts = urlsplit(value)
    plain = parts.scheme in schemes and not (parts.path or parts.query or parts.fragment or parts.username)
    return plain and bool(parts.hostname) and (not loopback or parts.hostname in LOOPBACK_HOSTS)
