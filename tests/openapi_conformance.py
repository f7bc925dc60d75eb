"""Checks responses against the OpenAPI document."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from shared.http.openapi.openapi_document import openapi_document

_OWN_HEADERS = ("location", "operation-location", "retry-after", "x-ms-")
"""Headers that no response may have unless the document lists them."""


def departures(method: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """How a response departs from the document."""
    operation = _operation(method, urlsplit(url).path)
    if operation is None:
        return [] if status == 404 else [f"No such call is described, but it answers {status}."]
    given = {name.lower(): value for name, value in headers.items()}
    if status == 401 and not body:
        return []  # the platform's own
    described = operation["responses"].get(str(status))
    if described is None:
        return [f"The status {status} is not described: {body[:500]!r}"]
    return [*_of_headers(described["headers"], given), *_of_code(described, given), *_of_body(described, given, body)]


def faults_of(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """How a value departs from a schema of the document; an unknown field is a fault."""
    root = _closed({**schema, "components": openapi_document()["components"]})
    found = OAS31Validator(root, format_checker=oas31_format_checker).iter_errors(value)
    return [f"{fault.json_path}: {fault.message}" for fault in found]


def resolved(part: Mapping[str, Any]) -> Any:
    """The component that a reference points to, or the part itself."""
    if "$ref" not in part:
        return part
    found: Any = openapi_document()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, operations in openapi_document()["paths"].items():
        if re.fullmatch(f"/api{_pattern(template)}", path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


@cache
def _pattern(template: str) -> str:
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))


def _of_headers(described: Mapping[str, Any], given: Mapping[str, str]) -> list[str]:
    known = {name.lower(): resolved(header) for name, header in described.items()}
    faults = [f"It has no {name}." for name, header in known.items() if header.get("required") and name not in given]
    for name, value in given.items():
        if name in known:
            typed = int(value) if known[name]["schema"]["type"] == "integer" else value
            faults += [f"{name}: {fault}" for fault in faults_of(typed, known[name]["schema"])]
        elif name.startswith(_OWN_HEADERS):
            faults.append(f"The header {name} is not described.")
    return faults


def _of_code(described: Mapping[str, Any], given: Mapping[str, str]) -> list[str]:
    """Its error code is one that the call has with this status: the response has an example of each."""
    code = given.get("x-ms-error-code")
    if "x-ms-error-code" not in described["headers"]:
        return []
    known = described["content"]["application/json"]["examples"]
    return [] if code is None or code in known else [f"The code {code} is not described."]


def _of_body(described: Mapping[str, Any], given: Mapping[str, str], body: bytes) -> list[str]:
    if "content" not in described:
        return [f"It has a body: {body[:500]!r}"] if body else []
    media_type = given.get("content-type", "").partition(";")[0]
    if media_type not in described["content"]:
        return [f"The media type '{media_type}' is not described."]
    value = json.loads(body)
    faults = faults_of(value, described["content"][media_type]["schema"])
    if not faults and "x-ms-error-code" in given and value["error"]["code"] != given["x-ms-error-code"]:
        faults.append("The codes of header and body differ.")
    return faults


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if "properties" in closed and isinstance(closed.get("required", []), list):
        closed.setdefault("additionalProperties", False)
    return closed
