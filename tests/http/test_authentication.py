"""Who is believed, and what they may do."""

import base64
import json
from typing import Any

import pytest

from shared.http.api_errors import ApiError
from shared.http.app_roles import AppRole, Caller
from shared.http.authentication import FUNCTION_KEY_CALLER, authenticate
from shared.settings import Settings, read_settings
from tests.exports.samples import CALLER, accepted
from tests.test_settings import LEAST

OID = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def settings(**changes: str) -> Settings:
    return read_settings(LEAST | {"WEBSITE_AUTH_ENABLED": "True"} | changes)


def header(*claims: tuple[str, Any]) -> dict[str, str]:
    principal = {"auth_typ": "aad", "claims": [{"typ": kind, "val": value} for kind, value in claims]}
    return {"x-ms-client-principal": base64.b64encode(json.dumps(principal).encode()).decode()}


def encoded(text: str) -> dict[str, str]:
    return {"x-ms-client-principal": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("claim", [OID, "oid"])
def test_the_platforms_principal_is_the_caller_with_its_roles(claim: str) -> None:
    headers = header(
        (claim, CALLER.upper()), ("roles", "Exports.Submit"), ("roles", "Exports.Read"), ("roles", "Other")
    )
    assert authenticate(headers, settings()) == Caller(CALLER, frozenset({AppRole.SUBMIT, AppRole.READ}))


def test_a_principal_is_believed_only_where_the_platform_authenticates() -> None:
    headers = header((OID, CALLER), ("roles", "Exports.Admin"))
    for off in ("False", "", "1"):
        with pytest.raises(ApiError) as error:
            authenticate(headers, settings(WEBSITE_AUTH_ENABLED=off))
        assert error.value.status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ms-client-principal": ""},
        {"x-ms-client-principal": "%%%"},
        encoded("not json"),
        encoded("[]"),
        encoded('{"claims": {}}'),
        encoded('{"claims": ["x", null]}'),
        header(("roles", "Exports.Admin")),
        header((OID, "not a guid"), ("roles", "Exports.Admin")),
        header((OID, None)),
        {"x-ms-client-principal-id": CALLER},
    ],
)
def test_what_is_no_principal_is_nobody(headers: dict[str, str]) -> None:
    with pytest.raises(ApiError) as error:
        authenticate(headers, settings())
    assert (error.value.status, error.value.code) == (401, "Unauthorized")
    assert error.value.headers["WWW-Authenticate"] == "Bearer"


def test_with_keys_the_host_has_checked_and_forged_headers_count_for_nothing() -> None:
    caller = authenticate(header((OID, CALLER)), settings(AUTH_MODE="functionKey"))
    assert (caller.id, caller.roles) == (FUNCTION_KEY_CALLER, frozenset(AppRole))


@pytest.mark.parametrize(
    ("roles", "needed", "passes"),
    [
        ({AppRole.SUBMIT}, AppRole.SUBMIT, True),
        ({AppRole.READ}, AppRole.SUBMIT, False),
        ({AppRole.ADMIN}, AppRole.SUBMIT, True),
        (set(), AppRole.READ, False),
    ],
)
def test_roles(roles: set[AppRole], needed: AppRole, *, passes: bool) -> None:
    caller = Caller(CALLER, frozenset(roles))
    if passes:
        caller.require(needed)
        return
    with pytest.raises(ApiError) as error:
        caller.require(needed)
    assert error.value.status == 403
    assert needed in error.value.message


def test_who_asked_sees_the_export_and_others_need_a_role() -> None:
    export = accepted()
    assert Caller(export.caller, frozenset({AppRole.SUBMIT})).see(export) is export
    assert Caller("other", frozenset({AppRole.READ})).see(export) is export
    for caller, what in [
        (Caller("other", frozenset({AppRole.SUBMIT})), export),
        (Caller("x", frozenset(AppRole)), None),
    ]:
        with pytest.raises(ApiError) as error:
            caller.see(what)
        assert (error.value.status, error.value.code) == (404, "ExportNotFound")
