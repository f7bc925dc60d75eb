"""Who calls: whom the platform authenticated, or whoever has a key."""

import base64
from typing import Any

import pytest

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.app_roles import AppRole, Caller
from shared.http.authentication import authenticate
from shared.settings import Settings, read_settings
from tests.exports.samples import CALLER
from tests.http.api_client import OBJECT_ID_CLAIM, principal
from tests.test_settings import LEAST


def settings(**changes: str) -> Settings:
    return read_settings(LEAST | {"WEBSITE_AUTH_ENABLED": "True"} | changes)


def encoded(text: str) -> dict[str, str]:
    return {"x-ms-client-principal": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("claim", [OBJECT_ID_CLAIM, "oid"])
def test_the_platforms_principal_is_the_caller_with_its_roles(claim: str) -> None:
    headers = principal(
        (claim, CALLER.upper()), ("roles", "Exports.Submit"), ("roles", "Exports.Read"), ("roles", "Other")
    )
    assert authenticate(headers, settings()) == Caller(CALLER, frozenset({AppRole.SUBMIT, AppRole.READ}))


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ([], None),
        ([("name", "Ana Costa"), ("preferred_username", "ana@contoso.com")], "Ana Costa"),
        ([("preferred_username", "ana@contoso.com"), ("name", "Ana Costa")], "Ana Costa"),
        ([("preferred_username", "ana@contoso.com")], "ana@contoso.com"),
        ([("name", ""), ("preferred_username", "ana@contoso.com")], "ana@contoso.com"),
        ([("name", {"x": 1}), (["name"], "Ana Costa")], None),
    ],
)
def test_a_person_has_a_name(claims: list[tuple[Any, Any]], name: str | None) -> None:
    caller = authenticate(principal((OBJECT_ID_CLAIM, CALLER), *claims), settings())
    assert caller.name == name
    assert "Ana" not in repr(caller)


def test_a_claim_of_another_form_is_no_role() -> None:
    headers = principal(
        (OBJECT_ID_CLAIM, CALLER), ("roles", ["Exports.Admin"]), ("roles", {}), ("roles", "Exports.Read")
    )
    assert authenticate(headers, settings()) == Caller(CALLER, frozenset({AppRole.READ}))


def test_a_principal_is_believed_only_where_the_platform_authenticates() -> None:
    headers = principal((OBJECT_ID_CLAIM, CALLER), ("roles", "Exports.Admin"))
    for off in ("False", "", "1"):
        with pytest.raises(ApiError) as error:
            authenticate(headers, settings(WEBSITE_AUTH_ENABLED=off))
        assert error.value.code is ApiErrorCode.UNAUTHORIZED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ms-client-principal": ""},
        {"x-ms-client-principal": "%%%"},
        encoded("not json"),
        encoded("[]"),
        encoded("[" * 20_000),
        encoded('{"claims": {}}'),
        encoded('{"claims": ["x", null]}'),
        principal(("roles", "Exports.Admin")),
        principal((OBJECT_ID_CLAIM, "not a guid"), ("roles", "Exports.Admin")),
        principal((OBJECT_ID_CLAIM, None)),
        {"x-ms-client-principal-id": CALLER},
    ],
)
def test_a_header_that_names_nobody_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ApiError) as error:
        authenticate(headers, settings())
    assert error.value.code is ApiErrorCode.UNAUTHORIZED
    assert error.value.headers["WWW-Authenticate"] == "Bearer"


def test_with_keys_the_host_has_checked_and_forged_headers_do_not_count() -> None:
    caller = authenticate(principal((OBJECT_ID_CLAIM, CALLER)), settings(AUTH_MODE="functionKey"))
    assert (caller.id, caller.roles) == (FUNCTION_KEY_CALLER, frozenset(AppRole))
