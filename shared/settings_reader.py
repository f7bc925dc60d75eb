"""Reads values of settings: typed, checked, and never shown."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from shared.exports.calendar_period import CalendarPeriod
from shared.exports.ids import GUID, is_guid
from shared.host_names import LOOPBACK_HOSTS, is_host_name
from shared.proxies import Proxies, Proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.national_clouds import Cloud

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


class SettingsError(Exception):
    """One or more settings are missing or wrong; the message names each and says what it takes."""


class SettingsReader:
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
        """The value, or the default where there is none."""
        return self._values[name] if name in self.present else default

    def choice(self, name: str, allowed: tuple[str, ...], *, default: str) -> str:
        """One of a few words."""
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
        """A whole number in a range."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and least <= int(value) <= most:
            return int(value)
        self.problem(name, f"takes a whole number from {least} to {most}")
        return default

    def period(self, name: str, *, default: str) -> CalendarPeriod:
        """A period of a day to a year, in ISO 8601."""
        try:
            period = CalendarPeriod.from_text(self.text(name, default))
        except ValueError:
            period = CalendarPeriod()
        if not timedelta(days=1) <= period.after(_LEAP_YEAR) - _LEAP_YEAR <= timedelta(days=366):
            self.problem(name, "takes an ISO 8601 period of years, months, weeks or days, from P1D to P1Y, such as P1M")
        return period

    def all_or_none(self, *names: str) -> None:
        """Notes what is missing of settings that need each other."""
        given = [name for name in names if name in self.present]
        for name in names:
            if given and name not in given:
                self.problem(name, f"is needed where {given[0]} is set")

    def client_id(self, name: str) -> str:
        """The client id of an app registration."""
        return self._fitting(name, is_guid, "takes the client id of an app registration, which is a GUID")

    def authority(self, name: str, cloud: Cloud) -> str:
        """The authority of a tenant in the cloud, or a stand-in. Its origin goes into a header as it is."""
        several = "(?:common|organizations|consumers)/?$"  # their tokens name another issuer
        root = rf"(?:https://{re.escape(cloud.sign_in_host)}|{_LOOPBACK})"
        tenant = re.compile(rf"{root}/(?!{several})[A-Za-z0-9.-]+/?")
        takes = f"takes the authority of your tenant, such as https://{cloud.sign_in_host}/<tenant>"
        return self._fitting(name, tenant.fullmatch, takes).rstrip("/")

    def scope(self, name: str) -> str:
        """A scope, in its full form."""
        takes = "takes the scope of this API, such as api://<tenant>/<name>/user_impersonation"
        return self._fitting(name, _SCOPE.fullmatch, takes)

    def _fitting(self, name: str, fits: Callable[[str], object], takes: str) -> str:
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
        """The key in a signing secret of Standard Webhooks; empty where there is none."""
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
        """The key of a storage account, as it stands there."""
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
        """The root of a stand-in on this machine."""
        value = self.text(name, "").rstrip("/")
        if value and not _is_root(value, schemes=("http", "https"), loopback=True):
            self.problem(name, "takes the root of a stand-in on a loopback address, such as http://127.0.0.1:8080")
        return value or None

    def base_url(self, name: str) -> str | None:
        """An absolute URL, without a slash at the end."""
        value = self.text(name, "").rstrip("/")
        parts = _parts(value)
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
        """The endpoint of a storage service: of an account in the cloud, or of a stand-in over HTTPS."""
        value = self.text(name, "").rstrip("/")
        host = _parts(value).hostname or ""
        example = f"https://<account>.{service}.{cloud.storage_suffix}"
        if not value:
            self.problem(name, f"is needed: the {service} endpoint of a storage account, such as {example}")
        elif is_loopback(value):
            if _parts(value).scheme != "https":
                self.problem(name, f"takes an https URL, on a loopback address too, such as {example}")
        elif not (_is_root(value, schemes=("https",)) and host.endswith(f".{service}.{cloud.storage_suffix}")):
            self.problem(
                name, f"takes the {service} endpoint of a storage account in the cloud {cloud.name}: {example}"
            )
        return value


def _account_name(endpoint: str) -> str:
    """The name of the account in an endpoint: in front of its host, or in the path on a loopback address."""
    parts = _parts(endpoint)
    return parts.path.strip("/") if is_loopback(endpoint) else (parts.hostname or "").partition(".")[0]


def is_loopback(endpoint: str) -> bool:
    """Whether it is an address of this machine."""
    return (_parts(endpoint).hostname or "") in LOOPBACK_HOSTS


def _is_root(value: str, *, schemes: tuple[str, ...], loopback: bool = False) -> bool:
    parts = _parts(value)
    plain = parts.scheme in schemes and not (parts.path or parts.query or parts.fragment or parts.username)
    return plain and bool(parts.hostname) and (not loopback or parts.hostname in LOOPBACK_HOSTS)


def _parts(value: str) -> SplitResult:
    """The parts of a URL; none where it is no URL at all."""
    try:
        return urlsplit(value)
    except ValueError:  # brackets in the place of the host that hold no address
        return urlsplit("")
