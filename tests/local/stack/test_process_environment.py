"""The environment of the app."""

from pathlib import Path

import pytest

from local.checkout import ROOT
from local.identity.client_registration import CONSOLE_CLIENT_ID
from local.identity.token_claims import TENANT_ID
from local.stack.process_environment import TELEMETRY, AppEndpoints, app_environment, base_environment, given_graph

PLACES = AppEndpoints(
    graph="http://127.0.0.1:1",
    blobs="https://127.0.0.1:2/exports",
    tables="https://127.0.0.1:3/records",
    identity="http://127.0.0.1:4",
    resource_manager="http://127.0.0.1:5",
    monitor="http://127.0.0.1:6",
    account_id="/subscriptions/1/exports",
    ca_bundle=Path("/state/cert.pem"),
    temporary=Path("/state/tmp"),
    account_key="a2V5",
    identity_secret="secret",  # noqa: S106 - an example
)


def test_the_stack_has_a_default_for_everything() -> None:
    assert app_environment({}, PLACES) == {
        "PYTHONUNBUFFERED": "1",
        "GRAPH_ENDPOINT": "http://127.0.0.1:1",
        "EXPORT_BLOB_ENDPOINT": "https://127.0.0.1:2/exports",
        "EXPORT_ACCOUNT_KEY": "a2V5",
        "EXPORT_ACCOUNT_ID": "/subscriptions/1/exports",
        "RESOURCE_MANAGER_ENDPOINT": "http://127.0.0.1:5",
        "OUTCOME_TABLE_ENDPOINT": "https://127.0.0.1:3/records",
        "AUTH_MODE": "entra",
        "WEBSITE_AUTH_ENABLED": "True",
        "CONSOLE_CLIENT_ID": CONSOLE_CLIENT_ID,
        "CONSOLE_AUTHORITY": f"http://127.0.0.1:4/{TENANT_ID}",
        "CONSOLE_SCOPE": "api://personal-data-export/user_impersonation",
        "EXPORT_POLL_MIN_SECONDS": "1",
        "GRAPH_TIMEOUT_SECONDS": "5",
        "GRAPH_SUBMISSIONS_PER_DAY": "1000000",
        "EXPORT_PERMISSION_WAIT_SECONDS": "3",
        "RECONCILE_SCHEDULE": "*/5 * * * * *",
        "IDENTITY_ENDPOINT": "http://127.0.0.1:4/MSI/token",
        "IDENTITY_HEADER": "secret",
        "REQUESTS_CA_BUNDLE": "/state/cert.pem",
        "SSL_CERT_FILE": "/state/cert.pem",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": (
            "InstrumentationKey=00000000-0000-0000-0000-0000000000aa;"
            "IngestionEndpoint=http://127.0.0.1:6/;LiveEndpoint=http://127.0.0.1:6/"
        ),
        "TMPDIR": "/state/tmp",
        **TELEMETRY,
        "AzureWebJobsDisableHomepage": "true",
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "4194304",
    }


@pytest.mark.parametrize(
    "name",
    [
        "AzureWebJobsDisableHomepage",
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
        "PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME",
        "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED",
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
        "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    ],
)
def test_a_setting_of_the_host_is_as_in_azure(name: str) -> None:
    template = (ROOT / "infra" / "modules" / "app-settings.bicep").read_text(encoding="utf-8")
    assert f"{name}: '{app_environment({}, PLACES)[name]}'" in template


def test_the_settings_of_the_local_host_are_passed_on() -> None:
    timers = {"LOCAL_HOST_TIMERS": "idle"}
    assert app_environment(timers, PLACES) == app_environment({}, PLACES) | timers


@pytest.mark.parametrize(
    "name",
    [
        "GRAPH_CLOUD",
        "GRAPH_ENDPOINT",
        "EXPORT_GRANT",
        "EXPORT_DUE",
        "EXPORT_ACCOUNT_KEY",
        "EXPORT_ACCOUNT_ID",
        "RESOURCE_MANAGER_ENDPOINT",
        "OUTCOME_TABLE_ENDPOINT",
        "RECONCILE_SCHEDULE",
        "PUBLIC_BASE_URL",
        "CALLBACK_SIGNING_SECRET",
        "EXPORT_SOMETHING_THAT_WILL_JOIN",
    ],
)
def test_the_callers_settings_win(name: str) -> None:
    assert app_environment({name: "theirs"}, PLACES)[name] == "theirs"


@pytest.mark.parametrize(
    "name",
    ["HTTPS_PROXY", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "PYTHONPATH", "IDENTITY_HEADER", "SSL_CERT_FILE"],
)
def test_nothing_else_of_the_callers_shell_leaks_in(name: str) -> None:
    assert app_environment({name: "theirs"}, PLACES).get(name) != "theirs"
    assert name not in base_environment({name: "theirs"})


def test_what_a_process_needs_is_kept() -> None:
    assert base_environment({"PATH": "/bin", "TZ": "Asia/Tokyo"}) == {
        "PATH": "/bin",
        "TZ": "Asia/Tokyo",
        "PYTHONUNBUFFERED": "1",
    }


def test_function_keys_mean_that_the_platform_authenticates_nobody() -> None:
    environment = app_environment({"AUTH_MODE": "functionKey"}, PLACES)

    assert environment["AUTH_MODE"] == "functionKey"
    assert "WEBSITE_AUTH_ENABLED" not in environment
    assert not [name for name in environment if name.startswith("CONSOLE_")]


def test_the_console_can_have_another_identity() -> None:
    authority = "https://login.microsoftonline.com/contoso.example"

    assert app_environment({"CONSOLE_AUTHORITY": authority}, PLACES)["CONSOLE_AUTHORITY"] == authority


@pytest.mark.parametrize("caller", [{"EXPORT_GRANT": "userDelegation"}, {"EXPORT_BLOB_ENDPOINT": "https://a.example"}])
def test_the_account_key_is_left_out_where_it_is_not_needed(caller: dict[str, str]) -> None:
    assert "EXPORT_ACCOUNT_KEY" not in app_environment(caller, PLACES)


def test_the_stacks_account_is_named_only_where_it_is_used() -> None:
    assert "EXPORT_ACCOUNT_ID" not in app_environment({"EXPORT_BLOB_ENDPOINT": "https://a.example"}, PLACES)
    assert "EXPORT_ACCOUNT_ID" in app_environment({"EXPORT_GRANT": "userDelegation"}, PLACES)


def test_secrets_are_not_shown() -> None:
    assert "a2V5" not in repr(PLACES)
    assert "secret'" not in repr(PLACES)


@pytest.mark.parametrize(
    ("value", "root"),
    [("http://127.0.0.1:9/", "http://127.0.0.1:9"), ("", ""), ("  ", "")],
)
def test_the_callers_graph_is_used_if_it_is_given(value: str, root: str) -> None:
    assert given_graph({"GRAPH_ENDPOINT": value}) == root
    assert given_graph({}) == ""
