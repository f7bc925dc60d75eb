"""The Power Automate connector: made from the document, valid OpenAPI 2.0, and by the rules of its designer."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from shared.http.openapi.openapi_document import openapi_document
from shared.http.request_bodies import ExportBody, SubscriptionBody
from tests.openapi_conformance import resolved
from tools.connector import ACTIONS, NOT_FOR_FLOWS, TRIGGER, definition

FOLDER = Path(__file__).parent.parent.parent / "infra" / "connector"
DEFINITION = definition(openapi_document())
OPERATIONS = {
    call["operationId"]: call
    for path in DEFINITION["paths"].values()
    for method, call in path.items()
    if not method.startswith("x-")
}


def body_of(operation: str) -> dict[str, Any]:
    (schema,) = (p["schema"] for p in OPERATIONS[operation]["parameters"] if p["in"] == "body")
    found: dict[str, Any] = schema
    return found


def fields(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of every object, however deep."""
    if isinstance(part, dict):
        yield from part.get("properties", {}).items()
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from fields(inner)


def test_it_is_valid() -> None:
    OpenAPIV2SpecValidator(DEFINITION).validate()


def test_it_has_every_action_and_the_trigger() -> None:
    assert set(OPERATIONS) == {*ACTIONS.values(), TRIGGER, "DeleteSubscription"}
    assert OPERATIONS["DeleteSubscription"]["x-ms-visibility"] == "internal"


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_to_the_designer_what_it_needs(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["description"].endswith(".")
    assert operation["description"] != operation["summary"]
    assert 0 < len(operation["summary"]) <= 80
    assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
    for parameter in operation["parameters"]:
        assert {"description", "x-ms-summary"} <= set(parameter), parameter["name"]
        assert parameter["in"] != "path" or (parameter["required"] and parameter["x-ms-url-encoding"] == "single")
    for status, response in operation["responses"].items():
        assert response["description"]
        assert "schema" in response or status == "204"
    assert "default" in operation["responses"]


def test_every_field_has_a_title() -> None:
    found = list(fields(DEFINITION))
    assert len(found) > 100
    assert [name for name, field in found if not field.get("x-ms-summary")] == []


def test_no_text_has_marks_that_the_designer_would_show() -> None:
    assert "`" not in json.dumps(DEFINITION)


def test_a_request_has_every_field_that_a_flow_can_use() -> None:
    assert set(body_of("StartExport")["properties"]) == set(ExportBody.model_fields) - NOT_FOR_FLOWS
    assert set(body_of(TRIGGER)["properties"]) == set(SubscriptionBody.model_fields)


def test_the_trigger_subscribes_and_unsubscribes() -> None:
    path = DEFINITION["paths"]["/subscriptions"]
    assert path["post"]["x-ms-trigger"] == "single"
    url = body_of(TRIGGER)["properties"]["callbackUrl"]
    assert (url["x-ms-notification-url"], url["x-ms-visibility"]) == (True, "internal")
    content = path["x-ms-notification-content"]["schema"]["properties"]
    webhooks = openapi_document()["webhooks"]
    assert content["type"]["enum"] == [_type_of(webhook) for webhook in webhooks.values()]
    assert set(content["data"]["properties"]) == {"exportId", "status", "reference", "handedOverDateTime", "trail"}
    assert set(path["x-ms-notification-content"]["schema"]["properties"]["data"]["required"]) == {"exportId", "status"}
    created = openapi_document()["paths"]["/subscriptions"]["post"]["responses"]["201"]
    assert "Location" in created["headers"], "the platform deletes the subscription there"


def _type_of(webhook: dict[str, Any]) -> str:
    schema = resolved(webhook["post"]["requestBody"]["content"]["application/json"]["schema"])
    found: str = schema["properties"]["type"]["const"]
    return found


def test_pages_are_followed() -> None:
    for name in ("ListExports", "GetFiles"):
        assert OPERATIONS[name]["x-ms-pageable"] == {"nextLinkName": "nextLink"}


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("CancelExport", {"200", "202"}),
        ("RetryExport", {"200"}),
        ("HandOver", {"200"}),
        ("ExtendDeadline", {"200"}),
        ("EraseData", {"200", "202"}),
    ],
)
def test_a_command_has_the_export_at_once_and_as_long_as_work_is_left(name: str, statuses: set[str]) -> None:
    responses = OPERATIONS[name]["responses"]
    assert set(responses) == statuses | {"default"}
    assert all(
        responses[status]["schema"] == OPERATIONS["GetExport"]["responses"]["200"]["schema"] for status in statuses
    )


def test_a_package_is_waited_for_and_then_has_its_zips() -> None:
    responses = OPERATIONS["MakePackage"]["responses"]
    assert set(responses) == {"200", "202", "default"}
    assert "files" in responses["200"]["schema"]["properties"]
    made = openapi_document()["paths"]["/exports/{id}/package"]["post"]["responses"]["202"]
    assert "Location" in made["headers"], "the platform asks there until it is made"


def test_it_signs_in_to_the_audience_of_the_app() -> None:
    properties = json.loads((FOLDER / "apiProperties.json").read_text())["properties"]
    assert re.fullmatch(r"#[0-9a-f]{6}", properties["iconBrandColor"])
    assert properties["iconBrandColor"] not in {"#007ee5", "#ffffff"}
    settings = properties["connectionParameters"]["token"]["oAuthSettings"]
    assert (settings["identityProvider"], settings["properties"]["IsFirstParty"]) == ("aad", "False")
    audience = settings["customParameters"]["resourceUri"]["value"]
    assert audience == settings["properties"]["AzureActiveDirectoryResourceId"] == "api://personal-data-export"


def test_it_signs_in_to_one_tenant_with_a_redirect_url_of_its_own() -> None:
    text = (FOLDER / "apiProperties.json").read_text()
    settings = json.loads(text)["properties"]["connectionParameters"]["token"]["oAuthSettings"]
    # The Power Platform takes no other mode for a new connector, and makes the URL itself ("Verified publisher
    # certification process", step 5).
    assert settings["redirectMode"] == "GlobalPerConnector"
    assert "redirectUrl" not in settings
    # Entra refuses `common` for the registration, which is for one tenant (AADSTS50194).
    flow = DEFINITION["securityDefinitions"]["entra"]
    assert settings["customParameters"]["tenantId"]["value"] == "tenant id"
    assert "/your-tenant-id/" in flow["authorizationUrl"]
    assert "/your-tenant-id/" in flow["tokenUrl"]
    assert "common" not in text


def test_the_readme_names_every_action_and_the_trigger() -> None:
    text = (FOLDER / "readme.md").read_text()
    assert [call["summary"] for call in OPERATIONS.values() if call["summary"] not in text] == ["Unsubscribe"]
