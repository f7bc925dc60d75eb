"""The claims, as plain values."""

from datetime import UTC, datetime

import pytest

from local.identity.token_claims import (
    APP_ID,
    APP_OBJECT_ID,
    CALLER_AUDIENCE,
    GRAPH_ROLES,
    GRAPH_ROOTS,
    TENANT_ID,
    Caller,
    caller_claims,
    managed_identity_claims,
)

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("root", sorted(GRAPH_ROOTS))
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_token_for_graph_has_the_graph_roles_and_the_audience_as_given(root: str, slash: str) -> None:
    claims = managed_identity_claims(root + slash, None, NOW)

    assert claims["roles"] == list(GRAPH_ROLES)
    assert claims["aud"] == root + slash


@pytest.mark.parametrize(
    "resource",
    ["https://storage.azure.com", "https://graph.microsoft.com.evil.example", "https://graph.microsoft.com//"],
)
def test_a_token_for_another_resource_has_no_roles(resource: str) -> None:
    assert "roles" not in managed_identity_claims(resource, None, NOW)


def test_a_managed_identity_is_always_the_same_principal() -> None:
    claims = managed_identity_claims("https://storage.azure.com", None, NOW)

    assert claims["iss"] == f"https://sts.windows.net/{TENANT_ID}/"
    assert (claims["tid"], claims["oid"], claims["appid"]) == (TENANT_ID, APP_OBJECT_ID, APP_ID)
    assert claims["ver"] == "1.0"
    assert claims["nbf"] <= claims["iat"] == NOW.timestamp()
    assert claims["exp"] - claims["iat"] == 24 * 3600


def test_a_user_assigned_identity_has_its_own_client_id() -> None:
    assert managed_identity_claims("https://storage.azure.com", "client", NOW)["appid"] == "client"


def test_a_callers_token_has_the_claims_asked_for_and_lasts_for_days() -> None:
    claims = caller_claims(Caller(roles=("Exports.Read",), name="Someone", object_id="oid"), NOW)

    assert claims["aud"] == CALLER_AUDIENCE
    assert (claims["roles"], claims["name"], claims["oid"]) == (["Exports.Read"], "Someone", "oid")
    assert claims["exp"] - claims["iat"] > 24 * 3600


def test_a_caller_without_roles_has_no_such_claim() -> None:
    assert "roles" not in caller_claims(Caller(), NOW)
