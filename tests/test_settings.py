"""The settings: values that are accepted, values that are refused, and the error messages."""

import json
import re
from pathlib import Path

import pytest

from shared.exports.calendar_period import CalendarPeriod
from shared.exports.states_and_codes import GrantKind, SubjectType
from shared.national_clouds import CLOUDS
from shared.proxies import Proxies, Proxy
from shared.settings import ConsoleSettings, Settings, read_settings
from shared.settings_reader import SettingsError
from tests.exports.samples import DAY, MINUTE, SECOND

ROOT = Path(__file__).parent.parent
KEY = "a2V5" * 16
SECRET = f"whsec_{KEY}"
OF_THE_PLATFORM = {"WEBSITE_AUTH_ENABLED", "IDENTITY_ENDPOINT"}
REPLACED = {"EXPORT_DUE_DAYS"}
ACCOUNT_ID = (
    "/subscriptions/5D2e8c17-94b0-4f63-8a1e-c7d05b3f2e96/resourceGroups/rg-Export_s.(1)/providers/"
    "Microsoft.Storage/storageAccounts/exports"
)
CONSOLE = {
    "CONSOLE_CLIENT_ID": "8c0f5a2d-6b1e-4f7c-9d3a-2e5b7c9d1f04",
    "CONSOLE_AUTHORITY": "https://login.microsoftonline.com/contoso.onmicrosoft.com",
    "CONSOLE_SCOPE": "api://contoso.onmicrosoft.com/personal-data-export/user_impersonation",
}
PROXY_VARIABLES = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY"}
LEAST = {
    "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net/",
    "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
}


def test_the_least_that_is_needed() -> None:
    settings = read_settings(LEAST)
    assert settings.cloud is CLOUDS["Global"]
    assert settings.graph_root == "https://graph.microsoft.com"
    assert settings.blob_endpoint == "https://exports.blob.core.windows.net"
    assert (settings.grant, settings.auth_mode) == (GrantKind.USER_DELEGATION, "entra")
    assert not settings.platform_auth
    assert settings.limits.due_after == CalendarPeriod(months=1)
    limits = settings.limits
    assert (limits.poll_floor, limits.graph_timeout, limits.abandon_after) == (30 * SECOND, MINUTE, 35 * DAY)


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("True", True), ("FALSE", False), ("", False)])
def test_a_switch_is_on_or_off_in_any_case(value: str, *, expected: bool) -> None:
    assert read_settings(LEAST | {"EXPORT_EXPECT_HANDOVER": value}).limits.expect_handover is expected


@pytest.mark.parametrize("poll_seconds", ["1", "30", "3600"])
def test_a_new_policy_gets_the_time_that_azure_takes_however_often_is_polled(poll_seconds: str) -> None:
    limits = read_settings(LEAST | {"EXPORT_POLL_MIN_SECONDS": poll_seconds}).limits
    assert limits.policy_delay == 30 * SECOND
    local = LEAST | {"EXPORT_POLL_MIN_SECONDS": poll_seconds, "EXPORT_BLOB_ENDPOINT": "https://127.0.0.1:10000/exports"}
    assert read_settings(local).limits.policy_delay == min(30, int(poll_seconds)) * SECOND


def test_a_key_makes_the_stored_policy_the_default() -> None:
    assert read_settings(LEAST | {"EXPORT_ACCOUNT_KEY": KEY}).grant is GrantKind.STORED_POLICY
    both = LEAST | {"EXPORT_ACCOUNT_KEY": KEY, "EXPORT_GRANT": "userDelegation"}
    assert read_settings(both).grant is GrantKind.USER_DELEGATION


PROXY = "http://svc:secret@proxy.contoso.com:8080"


def test_a_proxy_is_taken_from_the_variables_that_most_programs_read() -> None:
    assert read_settings(LEAST).proxies == Proxies()
    given = {"HTTPS_PROXY": PROXY, "HTTP_PROXY": "http://plain", "NO_PROXY": "core.windows.net, localhost"}
    expected = Proxies(Proxy.at("http://plain"), Proxy.at(PROXY), "core.windows.net, localhost")
    for environment in (given, {name.lower(): value for name, value in given.items()}):
        settings = read_settings(LEAST | environment)
        assert settings.proxies == expected
        assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("upper", "lower", "found"),
    [("", "http://b", "http://b"), ("http://a", "http://b", "http://b"), ("http://a", "", None), ("", "", None)],
)
def test_a_name_in_lower_case_counts_first_and_can_be_empty(upper: str, lower: str, found: str | None) -> None:
    """As in Python's own `urllib.request.getproxies_environment`."""
    proxies = read_settings(LEAST | {"HTTPS_PROXY": upper, "https_proxy": lower}).proxies
    assert proxies.https == (Proxy.at(found) if found else None)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("value", ["proxy.fabrikam.com:8080", "https://svc:secret@fabrikam.com", "socks5://fabrikam"])
def test_a_proxy_that_not_every_client_can_use_stops_the_app(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name.upper()} takes the address of an HTTP proxy") as error:
        read_settings(LEAST | {name: value})
    assert value not in str(error.value)


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy"])
def test_a_proxy_for_all_is_refused_unless_there_is_one_that_every_client_reads(name: str) -> None:
    with pytest.raises(SettingsError, match="ALL_PROXY is not read by every client: set HTTPS_PROXY"):
        read_settings(LEAST | {name: PROXY})
    assert read_settings(LEAST | {name: "http://other", "https_proxy": PROXY}).proxies == Proxies(https=Proxy.at(PROXY))


def test_the_account_that_the_preflight_looks_at() -> None:
    assert read_settings(LEAST).account_id is None
    settings = read_settings(LEAST | {"EXPORT_ACCOUNT_ID": f"{ACCOUNT_ID}/"})
    assert settings.account_id == ACCOUNT_ID
    assert settings.resource_manager_root == "https://management.azure.com"
    china = {
        "GRAPH_CLOUD": "China",
        "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.chinacloudapi.cn",
        "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.chinacloudapi.cn",
    }
    assert read_settings(china).resource_manager_root == "https://management.chinacloudapi.cn"
    assert read_settings(LEAST | {"EXPORT_ACCOUNT_ID": ACCOUNT_ID.upper()}).account_id == ACCOUNT_ID.upper()


def test_a_stand_in_of_azure_on_a_loopback_address() -> None:
    local = {
        "EXPORT_BLOB_ENDPOINT": "https://127.0.0.1:10000/exports",
        "EXPORT_ACCOUNT_ID": ACCOUNT_ID,
        "RESOURCE_MANAGER_ENDPOINT": "http://127.0.0.1:8081/",
    }
    settings = read_settings(LEAST | local)
    assert (settings.account_id, settings.resource_manager_root) == (ACCOUNT_ID, "http://127.0.0.1:8081")


@pytest.mark.parametrize("endpoint", ["https://other.blob.core.windows.net", "https://127.0.0.1:10000/other"])
def test_the_id_of_another_account_stops_the_app(endpoint: str) -> None:
    with pytest.raises(SettingsError, match="EXPORT_ACCOUNT_ID is the id of another account than that of EXPORT_BLOB"):
        read_settings(LEAST | {"EXPORT_BLOB_ENDPOINT": endpoint, "EXPORT_ACCOUNT_ID": ACCOUNT_ID})


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(read_settings(LEAST | {"EXPORT_ACCOUNT_KEY": KEY}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRAPH_CLOUD", "Mars"),
        ("GRAPH_ENDPOINT", "https://graph.evil.example"),
        ("GRAPH_ENDPOINT", "http://[127.0.0.1"),
        ("PUBLIC_BASE_URL", "https://[exports"),
        ("EXPORT_BLOB_ENDPOINT", "https://[exports].blob.core.windows.net"),
        ("GRAPH_ENDPOINT", "http://127.0.0.1:8080/v1.0"),
        ("GRAPH_ENDPOINT", "http://127.0.0.1@evil.example"),
        ("GRAPH_TIMEOUT_SECONDS", "0"),
        ("EXPORT_BLOB_ENDPOINT", ""),
        ("EXPORT_BLOB_ENDPOINT", "http://exports.blob.core.windows.net"),
        ("EXPORT_BLOB_ENDPOINT", "http://127.0.0.1:10000/exports"),
        ("EXPORT_BLOB_ENDPOINT", "https://exports.blob.core.windows.net/?sv=1&sig=x"),
        ("EXPORT_BLOB_ENDPOINT", "https://exports.blob.core.usgovcloudapi.net"),
        ("EXPORT_ACCOUNT_KEY", "not base64!"),
        ("EXPORT_ACCOUNT_KEY", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/k)"),
        ("EXPORT_GRANT", "accountSas"),
        ("EXPORT_ACCOUNT_ID", "exports"),
        ("EXPORT_ACCOUNT_ID", ACCOUNT_ID.replace("rg-", "../")),
        ("EXPORT_ACCOUNT_ID", ACCOUNT_ID.replace("(1)", "(1)..")),
        ("EXPORT_ACCOUNT_ID", ACCOUNT_ID.replace("5D2e8c17", "mine")),
        ("EXPORT_ACCOUNT_ID", f"{ACCOUNT_ID}?x"),
        ("EXPORT_ACCOUNT_ID", f"https://management.azure.com{ACCOUNT_ID}"),
        ("EXPORT_ACCOUNT_ID", f"{ACCOUNT_ID}/blobServices/default"),
        ("EXPORT_ACCOUNT_ID", ACCOUNT_ID.replace("Microsoft.Storage", "Microsoft-Storage")),
        ("RESOURCE_MANAGER_ENDPOINT", "https://management.azure.com"),
        ("RESOURCE_MANAGER_ENDPOINT", "http://127.0.0.1:8080/subscriptions"),
        ("OUTCOME_TABLE_ENDPOINT", "https://records.blob.core.windows.net"),
        ("AUTH_MODE", "none"),
        ("PUBLIC_BASE_URL", "exports.contoso.test"),
        ("EXPORT_DUE", "30"),
        ("EXPORT_DUE", "P0D"),
        ("EXPORT_DUE", "P13M"),
        ("EXPORT_DUE", "P367D"),
        ("EXPORT_DUE", "P999Y"),
        ("EXPORT_DUE", "PT12H"),
        ("EXPORT_RETENTION_DAYS", "30.5"),
        ("EXPORT_RETENTION_DAYS", "-1"),
        ("EXPORT_ABANDON_DAYS", "٣"),
        ("EXPORT_POLL_MIN_SECONDS", "0"),
        ("EXPORT_MAX_ATTEMPTS", "1000"),
        ("EXPORT_EXPECT_HANDOVER", "1"),
        ("EXPORT_EXPECT_HANDOVER", "yes"),
    ],
)
def test_a_wrong_value_stops_the_app_with_its_name_and_without_the_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings(LEAST | {name: value})
    (_, line) = str(error.value).splitlines()
    assert re.match(rf"{name} (takes|is) ", line)
    assert len(value) < 3 or value not in line


@pytest.mark.parametrize(
    ("value", "period"),
    [
        ("P1M", CalendarPeriod(months=1)),
        ("P45D", CalendarPeriod(days=45)),
        ("P6W", CalendarPeriod(weeks=6)),
        ("P1D", CalendarPeriod(days=1)),
        ("P1Y", CalendarPeriod(years=1)),
        ("P366D", CalendarPeriod(days=366)),
    ],
)
def test_the_deadline_is_a_period_of_the_calendar(value: str, period: CalendarPeriod) -> None:
    assert read_settings(LEAST | {"EXPORT_DUE": value}).limits.due_after == period


def test_the_setting_that_counted_the_deadline_in_days_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(SettingsError, match=r"EXPORT_DUE_DAYS is now EXPORT_DUE: .* set EXPORT_DUE to P45D"):
        read_settings(LEAST | {"EXPORT_DUE_DAYS": "30"})
    assert read_settings(LEAST | {"EXPORT_DUE_DAYS": ""}).limits.due_after == CalendarPeriod(months=1)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"AUTH_MODE": "x", "EXPORT_GRANT": "storedPolicy"})
    for name in ("AUTH_MODE", "EXPORT_ACCOUNT_KEY", "EXPORT_BLOB_ENDPOINT", "OUTCOME_TABLE_ENDPOINT"):
        assert f"\n{name} " in str(error.value)


def with_callbacks(hosts: str = "contoso.com", secret: str = SECRET, **more: str) -> Settings:
    return read_settings(LEAST | {"CALLBACK_ALLOWED_HOSTS": hosts, "CALLBACK_SIGNING_SECRET": secret} | more)


def test_callbacks_are_off_unless_they_are_set() -> None:
    assert (read_settings(LEAST).callback_hosts, read_settings(LEAST).callback_key) == ((), b"")
    settings = with_callbacks("Contoso.com, hooks.fabrikam.com")
    assert settings.callback_hosts == ("contoso.com", "hooks.fabrikam.com")
    assert settings.callback_key == b"key" * 16
    assert repr(settings.callback_key) not in repr(settings)


@pytest.mark.parametrize(
    "hosts", ["com", "*.contoso.com", "https://contoso.com", "contoso.com.", "10.0.0.1", "bücher.de"]
)
def test_what_is_no_host_stops_the_app(hosts: str) -> None:
    with pytest.raises(SettingsError, match="CALLBACK_ALLOWED_HOSTS takes"):
        with_callbacks(hosts)


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("CALLBACK_ALLOWED_HOSTS", "contoso.com", "CALLBACK_SIGNING_SECRET"),
        ("CALLBACK_SIGNING_SECRET", SECRET, "CALLBACK_ALLOWED_HOSTS"),
    ],
)
def test_half_of_what_callbacks_need_stops_the_app(name: str, value: str, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{missing} is needed") as error:
        read_settings(LEAST | {name: value})
    assert value not in str(error.value)


@pytest.mark.parametrize(
    "secret", ["whsec_c2hvcnQ=", KEY, f"whsec_{'a2V5' * 40}", "whsec_!!!", "@Microsoft.KeyVault(SecretUri=x)"]
)
def test_what_is_no_signing_secret_stops_the_app_and_is_not_shown(secret: str) -> None:
    with pytest.raises(SettingsError, match=r"CALLBACK_SIGNING_SECRET (takes|is)") as error:
        with_callbacks(secret=secret)
    assert secret not in str(error.value)


def test_this_machine_may_be_called_in_a_local_stack_only() -> None:
    hosts = "127.0.0.1,localhost"
    assert with_callbacks(hosts, GRAPH_ENDPOINT="http://127.0.0.1:8080").callback_hosts == ("127.0.0.1", "localhost")
    with pytest.raises(SettingsError, match="CALLBACK_ALLOWED_HOSTS"):
        with_callbacks(hosts)


def test_the_console_is_off_unless_it_is_set() -> None:
    assert read_settings(LEAST).console is None
    assert read_settings(LEAST | dict.fromkeys(CONSOLE, " ")).console is None
    console = read_settings(LEAST | CONSOLE).console
    assert console == ConsoleSettings(
        client_id=CONSOLE["CONSOLE_CLIENT_ID"], authority=CONSOLE["CONSOLE_AUTHORITY"], scope=CONSOLE["CONSOLE_SCOPE"]
    )
    assert console is not None
    assert console.authority_origin == "https://login.microsoftonline.com"


def test_nobody_signs_in_where_keys_are_checked() -> None:
    assert read_settings(LEAST | CONSOLE | {"AUTH_MODE": "functionKey"}).console is None


@pytest.mark.parametrize("missing", CONSOLE)
def test_part_of_what_the_console_needs_stops_the_app(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{missing} is needed where CONSOLE_") as error:
        read_settings(LEAST | CONSOLE | {missing: ""})
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("authority", "origin"),
    [
        (
            "https://login.microsoftonline.com/5d2e8c17-94b0-4f63-8a1e-c7d05b3f2e96/",
            "https://login.microsoftonline.com",
        ),
        ("http://127.0.0.1:8082/5d2e8c17-94b0-4f63-8a1e-c7d05b3f2e96", "http://127.0.0.1:8082"),
        ("https://localhost/tenant", "https://localhost"),
        ("http://[::1]:8082/tenant", "http://[::1]:8082"),
    ],
)
def test_the_console_signs_people_in_at_the_cloud_or_at_a_stand_in(authority: str, origin: str) -> None:
    console = read_settings(LEAST | CONSOLE | {"CONSOLE_AUTHORITY": authority}).console
    assert console is not None
    assert (console.authority, console.authority_origin) == (authority.rstrip("/"), origin)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSOLE_CLIENT_ID", "exports-page"),
        ("CONSOLE_CLIENT_ID", f"{{{CONSOLE['CONSOLE_CLIENT_ID']}}}"),
        ("CONSOLE_SCOPE", "export_data"),
        ("CONSOLE_SCOPE", "api://one/scope api://two/scope"),
        ("CONSOLE_AUTHORITY", "login.microsoftonline.com/tenant"),
        ("CONSOLE_AUTHORITY", "http://login.microsoftonline.com/tenant"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com//"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com/common"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com/organizations/"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com/tenant/v2.0"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com/tenant?p=x"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com.evil.example/tenant"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com@evil.example/tenant"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.com; script-src */tenant"),
        ("CONSOLE_AUTHORITY", "http://127.0.0.1:80;script-src/tenant"),
        ("CONSOLE_AUTHORITY", "https://login.microsoftonline.us/tenant"),
        ("CONSOLE_AUTHORITY", "http://[::1/tenant"),
    ],
)
def test_what_the_console_could_not_sign_in_with_stops_the_app(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings(LEAST | CONSOLE | {name: value})
    (_, line) = str(error.value).splitlines()
    assert line.startswith(f"{name} takes the ")
    assert value not in line


@pytest.mark.parametrize("name", ["USGov", "USGovDoD", "China"])
def test_a_national_cloud_has_its_own_roots_and_no_inbound_profiles(name: str) -> None:
    cloud = CLOUDS[name]
    authority = f"https://{cloud.sign_in_host}/tenant"
    of_the_cloud = {
        "GRAPH_CLOUD": name,
        "EXPORT_BLOB_ENDPOINT": f"https://exports.blob.{cloud.storage_suffix}",
        "OUTCOME_TABLE_ENDPOINT": f"https://records.table.{cloud.storage_suffix}",
    }
    settings = read_settings(of_the_cloud | CONSOLE | {"CONSOLE_AUTHORITY": authority})
    assert settings.console is not None
    assert settings.console.authority == authority
    with pytest.raises(SettingsError, match=f"such as https://{cloud.sign_in_host}/<tenant>"):
        read_settings(of_the_cloud | CONSOLE)
    assert settings.graph_root == cloud.graph_root
    assert settings.graph_root != CLOUDS["Global"].graph_root
    assert SubjectType.INBOUND_SHARED_USER_PROFILE not in cloud.submit_versions
    assert (cloud.submit_versions[SubjectType.USER], cloud.operations_version) == ("beta", "beta")
    with pytest.raises(SettingsError, match=name):
        read_settings(LEAST | {"GRAPH_CLOUD": name})


def names_read() -> set[str]:
    source = (ROOT / "shared" / "settings.py").read_text()
    return set(re.findall(r'"([A-Z][A-Z_]{5,})"', source)) - OF_THE_PLATFORM - REPLACED - PROXY_VARIABLES


def test_every_setting_is_in_the_docs_and_in_the_sample() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    assert documented == names_read()
    assert set(sample) - {"AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME"} == names_read()


@pytest.mark.parametrize("name", sorted(PROXY_VARIABLES))
def test_the_variables_of_a_proxy_are_in_the_docs(name: str) -> None:
    assert f"- `{name}` " in (ROOT / "docs" / "settings.md").read_text()


def test_settings_are_the_only_reader_of_the_environment() -> None:
    readers = [
        path.name for path in (ROOT / "shared").rglob("*.py") if re.search(r"\benviron\b|\bgetenv\b", path.read_text())
    ]
    assert readers == ["settings.py"]
