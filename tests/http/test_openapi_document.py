"""The OpenAPI document says what the code does: every call, error, role and field, and examples that are true."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.callbacks.callback_message import callback_body, signature_headers
from shared.exports.export import Announcement, Delivery, TrailHead
from shared.exports.states_and_codes import DeliveryEvent, HandoverMethod
from shared.http.api_errors import ApiErrorCode
from shared.http.app_roles import AppRole
from shared.http.openapi.openapi_document import OPERATIONS, openapi_document
from shared.http.request_bodies import ExportBody, HandoverBody, LinksBody, SubjectBody, SubscriptionBody
from tests.exports.samples import NOW, succeeded
from tests.openapi_conformance import departures, faults_of, resolved
from tests.test_docs import routes, section

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = openapi_document()
CALLS = [(method, path, call) for path, methods in DOCUMENT["paths"].items() for method, call in methods.items()]
NAMES = [f"{method} {path}" for method, path, _ in CALLS]


def test_it_is_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_needs_no_setting() -> None:
    made = "from shared.http.openapi.openapi_document import openapi_document; openapi_document()"
    subprocess.run([sys.executable, "-c", made], cwd=ROOT, env={}, check=True, timeout=60)  # noqa: S603 - ours


def test_every_route_is_described_and_none_more() -> None:
    assert {f"{method.upper()} {path}" for method, path, _ in CALLS} == routes()


def test_a_call_has_the_name_of_its_function() -> None:
    names = {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", call["operationId"]) for *_, call in CALLS}
    assert names == {operation.id for operation in OPERATIONS}
    assert "start_export" in names


def test_every_error_is_of_a_call() -> None:
    assert {code for operation in OPERATIONS for code in operation.errors} == set(ApiErrorCode)


@pytest.mark.parametrize(("path", "call"), [(path, call) for _, path, call in CALLS], ids=NAMES)
def test_a_call_has_the_errors_of_its_kind(path: str, call: dict[str, Any]) -> None:
    responses = set(call["responses"])
    anybody = call["security"] == []
    assert ("401" in responses) != anybody
    assert ("403" in responses) == any(way.get("entra") for way in call["security"])
    assert ("404" in responses) == ("{id}" in path)
    assert {"UnknownField", "InvalidValue"} <= set(call["responses"]["400"]["content"]["application/json"]["examples"])
    assert ("415" in responses) == ("413" in responses) == ("requestBody" in call)
    assert ("503" in responses) == (path not in {"/me", "/openapi.json", "/preflight"}), "storage can be out of reach"


def test_every_role_opens_something() -> None:
    needed = [way["entra"] for _, _, call in CALLS for way in call["security"] if "entra" in way]
    assert {role for roles in needed for role in roles} == {role.value for role in AppRole}


@pytest.mark.parametrize("body", [ExportBody, HandoverBody, LinksBody, SubjectBody, SubscriptionBody])
def test_every_field_of_a_body_is_described(body: Any) -> None:
    schema = DOCUMENT["components"]["schemas"][body.__name__]
    assert set(schema["properties"]) == set(body.model_fields)
    assert schema["additionalProperties"] is False
    described = [resolved(field) for field in schema["properties"].values()]
    assert all(field.get("description") for field in described)


@pytest.mark.parametrize(("method", "path", "call"), CALLS, ids=NAMES)
def test_the_examples_are_true(method: str, path: str, call: dict[str, Any]) -> None:
    contents = [content for answer in call["responses"].values() for content in answer.get("content", {}).values()]
    contents += call.get("requestBody", {}).get("content", {}).values()
    for content in contents:
        examples = [resolved(example)["value"] for example in content.get("examples", {}).values()]
        assert examples or path == "/openapi.json", f"{method} has no example"
        for example in examples:
            assert faults_of(example, content["schema"]) == []


def test_an_example_that_is_wrong_is_noticed() -> None:
    running = DOCUMENT["components"]["examples"]["Running"]["value"]
    schema = {"$ref": "#/components/schemas/Export"}
    wrongs: list[dict[str, Any]] = [
        {"id": "x"},
        {"status": "Done"},
        {"extra": 1},
        {"dueDateTime": "tomorrow"},
        {"grant": {}},
    ]
    for wrong in wrongs:
        assert faults_of(running | wrong, schema) != []


@pytest.mark.parametrize("reference", [None, "DSR-1"])
@pytest.mark.parametrize("base_url", [None, "https://exports.contoso.com"])
@pytest.mark.parametrize("trail", [None, TrailHead(14, "a" * 64)])
@pytest.mark.parametrize("event", DeliveryEvent)
def test_a_callback_is_as_described(
    reference: str | None, base_url: str | None, trail: TrailHead | None, event: DeliveryEvent
) -> None:
    delivery = Delivery(id=str(uuid4()), target="s", event=event, next_try_at=None)
    announcements = (Announcement(event, NOW, trail),)
    export = replace(succeeded(), reference=reference, handed_over_at=NOW, announcements=announcements)
    sent = json.loads(callback_body(export, delivery, base_url))
    webhook = DOCUMENT["webhooks"][f"export{event[0].upper()}{event[1:]}"]["post"]
    assert faults_of(sent, webhook["requestBody"]["content"]["application/json"]["schema"]) == []
    signed = signature_headers(b"key", delivery.id, NOW, b"{}")
    assert [header["name"] for header in webhook["parameters"]] == list(signed)


def test_the_examples_of_callbacks_are_true() -> None:
    for webhook in DOCUMENT["webhooks"].values():
        (content,) = webhook["post"]["requestBody"]["content"].values()
        (example,) = content["examples"].values()
        assert faults_of(resolved(example)["value"], content["schema"]) == []


def test_a_body_has_every_method_and_every_event() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["HandoverMethod"]["enum"]) == set(HandoverMethod)
    assert set(schemas["SubscriptionEvent"]["enum"]) == set(DeliveryEvent)


def test_an_answer_off_the_document_is_noticed() -> None:
    health, path, headers = b'{"status": "Healthy"}', "/api/health", {"x-ms-request-id": str(uuid4())}
    typed = headers | {"content-type": "application/json"}
    assert departures("GET", path, 200, typed, health) == []
    assert departures("GET", "/api/nowhere", 404, {}, b"") == []
    wrong: list[tuple[str, str, int, dict[str, str], bytes]] = [
        ("GET", "/api/nowhere", 200, typed, health),
        ("POST", path, 200, typed, health),
        ("GET", path, 201, typed, health),
        ("GET", path, 200, headers, health),
        ("GET", path, 200, {"content-type": "application/json"}, health),
        ("GET", path, 200, typed | {"Retry-After": "1"}, health),
        ("GET", path, 200, typed, b'{"status": "Ill"}'),
        ("GET", path, 200, typed, b'{"status": "Healthy", "extra": 1}'),
        ("GET", path, 503, typed | {"x-ms-error-code": "Forbidden"}, health),
        ("DELETE", f"/api/subscriptions/{uuid4()}", 204, headers, health),
    ]
    for answer in wrong:
        assert departures(*answer) != [], answer


@pytest.mark.parametrize(("code", "known"), [(ApiErrorCode.STORAGE_UNAVAILABLE, True), (ApiErrorCode.FORBIDDEN, False)])
def test_a_code_that_the_call_does_not_have_with_this_status_is_noticed(code: ApiErrorCode, *, known: bool) -> None:
    headers = {"content-type": "application/json", "x-ms-request-id": str(uuid4()), "x-ms-error-code": code}
    answer = departures("GET", "/api/health", 503, headers, json.dumps(code.example()).encode())
    assert answer == ([] if known else ["The code Forbidden is not described."])


def test_the_example_of_the_api_document_is_the_same() -> None:
    blocks = re.findall(r"```json\n(.*?)```", section("api.md", "An export"), re.DOTALL)
    assert json.loads(blocks[0]) == DOCUMENT["components"]["examples"]["Running"]["value"]
