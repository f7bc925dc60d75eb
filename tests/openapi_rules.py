"""Rules for an OpenAPI document that generators of clients understand. docs/decisions/ says what they do otherwise."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
Found = Iterator[str]
"""What is wrong, with its place."""


def choices(document: Json) -> Found:
    """A choice of schemas is a reference or null. Generators make classes without fields, or none, of any other."""
    for place, schema in schemas(document):
        if {"anyOf", "allOf", "not"} & set(schema):
            yield f"{place}: a choice of schemas"
        if "oneOf" in schema and not _is_reference_or_null(schema["oneOf"]):
            yield f"{place}: a choice of other things than a reference and null"


def types(document: Json) -> Found:
    """A value has one type, or one and null; an enumeration has one."""
    for place, schema in schemas(document):
        kinds = schema.get("type")
        if isinstance(kinds, list) and (len(kinds) != 2 or kinds[1] != "null" or "enum" in schema):
            yield f"{place}: several types"


def enumerations(document: Json, closed: Mapping[str, str]) -> Found:
    """What responses enumerate is closed for good. Many clients can't read a response with any other value.

    Args:
        document: the document.
        closed: the places of enumerations that can't grow, each with the reason.
    """
    for place, schema in schemas(document["components"]["schemas"]):
        if "enum" in schema and not place.split(".")[0].endswith("Body") and place not in closed:
            yield f"{place}: an enumeration that can grow, or lacks the reason why it can't"
        if place.endswith(".items") and "enum" in schema:
            yield f"{place}: an enumeration without a name of its own"
        if not all(f"`{value}`" in schema["description"] for value in schema.get("x-extensible-enum", ())):
            yield f"{place}: a known value that the description lacks"


def descriptions(document: Json) -> Found:
    """Everything that becomes a class, a field or an argument is described."""
    components = document["components"]
    for name, schema in components["schemas"].items():
        if not schema.get("description"):
            yield f"{name}: no description"
        for field, each in schema.get("properties", {}).items():
            if not each.get("description"):
                yield f"{name}.{field}: no description"
    for kind in ("parameters", "headers", "responses"):
        for name, part in components[kind].items():
            if not part.get("description"):
                yield f"{kind} {name}: no description"


def names(document: Json) -> Found:
    """No field has the name of its class: a generator that writes both in lower case mixes them up."""
    for name, schema in document["components"]["schemas"].items():
        if name.lower() in {field.lower() for field in schema.get("properties", {})}:
            yield f"{name}: a field has its name"


def defaults(document: Json) -> Found:
    """No field has a default: openapi-typescript takes it for one that a request must have."""
    for name, schema in document["components"]["schemas"].items():
        for field, each in schema.get("properties", {}).items():
            if "default" in each:
                yield f"{name}.{field}: a default"


def bodies(document: Json) -> Found:
    """A JSON body is a component, so that its class has a name."""
    for name, call in calls(document):
        contents = [call.get("requestBody", {}), *call["responses"].values()]
        for content in contents:
            schema = content.get("content", {}).get("application/json", {}).get("schema", {"$ref": ""})
            if "$ref" not in schema and schema.get("properties"):
                yield f"{name}: a body without a name"


def webhook_tags(document: Json) -> Found:
    """A webhook has a tag of its own: openapi-generator writes its class over that of the calls with the same tag."""
    tags = {tag for methods in document["paths"].values() for call in methods.values() for tag in call["tags"]}
    for name, webhook in document["webhooks"].items():
        for call in webhook.values():
            if not call["tags"] or tags & set(call["tags"]):
                yield f"{name}: no tag of its own"


def default_responses(document: Json) -> Found:
    """A call says what any other status means."""
    for name, call in calls(document):
        if "default" not in call["responses"]:
            yield f"{name}: no default response"


def origin(document: Json) -> Found:
    """The document says who answers for it, and under which licence it is."""
    for name in ("contact", "license", "version", "description"):
        if not document["info"].get(name):
            yield f"info: no {name}"


def calls(document: Json) -> Iterator[tuple[str, Json]]:
    """Every call and webhook, with its name."""
    for group in ("paths", "webhooks"):
        for path, methods in document[group].items():
            for method, call in methods.items():
                yield f"{method} {path}", call


def schemas(part: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    """Every object of a document, however deep, and its place. Examples are not looked into."""
    if isinstance(part, list):
        for number, each in enumerate(part):
            yield from schemas(each, f"{place}[{number}]")
    elif isinstance(part, dict):
        yield place, part
        for name, each in part.items():
            if name not in {"examples", "example"}:
                yield from schemas(each, f"{place}.{name}".lstrip("."))


def _is_reference_or_null(parts: Json) -> bool:
    return len(parts) == 2 and set(parts[0]) == {"$ref"} and parts[1] == {"type": "null"}
