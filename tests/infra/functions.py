"""Bicep's functions and operators: their results for known values, and the kinds of their results for unknown ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.infra.values import Choice, Fields, Held, Items, Unknown, Value, choice, options, text

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = {
    "string": "base64 concat deployment format guid join loadFileAsBase64 loadTextContent newGuid padLeft"
    " readEnvironmentVariable replace resourceId string subscriptionResourceId substring take tenantResourceId toLower"
    " toUpper trim uniqueString uri uriComponent utcNow dateTimeAdd extensionResourceId getSecret",
    "bool": "bool contains empty endsWith startsWith",
    "int": "int indexOf lastIndexOf length max min dateTimeToEpoch",
    "array": "array createArray filter flatten intersection items map objectKeys range reduce skip sort split",
    "object": "createObject environment resourceGroup shallowMerge subscription tenant toObject deployer",
    "any": "any coalesce first json last loadJsonContent loadYamlContent union az cidrSubnet parseCidr pickZones"
    " fail reference listKeys toLogicalZone",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
KNOWN = frozenset(_KIND_OF)
"""Every function that these checks know; any other is a finding."""


def call(name: str, values: list[Value]) -> Value:
    """The result of a function."""
    return _known(name, values) if _all_known(values) and name in _FUNCTIONS else _unknown(name, values)


def operate(operator: str, values: list[Value]) -> Value:
    """The result of an operator; None if it is unknown."""
    if operator in {"&&", "||"}:
        return _logical(decisive=operator == "||", values=values)
    if not _all_known(values):
        return None
    if operator in {"==", "!="}:
        return (values[0] == values[1]) is (operator == "==")
    if operator in {"=~", "!~"}:
        return (text(values[0]).lower() == text(values[1]).lower()) is (operator == "=~")
    if len(values) == 1:
        return (not values[0]) if operator == "!" else -int(text(values[0]))
    one, other = values
    return _NUMBERS[operator](one, other) if isinstance(one, int) and isinstance(other, int) else None


def _logical(*, decisive: bool, values: list[Value]) -> Value:
    if decisive in values:
        return decisive
    return (not decisive) if all(value is (not decisive) for value in values) else None


_NUMBERS: dict[str, Callable[[int, int], bool | int]] = {
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one // other,
    "%": lambda one, other: one % other,
}


def _all_known(values: list[Value]) -> bool:
    return all(
        value is None
        or isinstance(value, str | int)
        or (isinstance(value, Items) and not value.open)
        or (isinstance(value, Fields) and not value.open and all(held.sure for held in value.held.values()))
        for value in values
    )


def _unknown(name: str, values: list[Value]) -> Value:
    if name == "union" or (name == "concat" and any(_may_be_array(value) for value in values)):
        return _joined(values)
    if name in {"any", "first", "last"} and values and isinstance(values[0], Choice):
        return choice(*(call(name, [option]) for option in options(values[0])))
    if name == "empty" and _is_filled(values[0]):
        return False
    return Unknown(f"{name}({', '.join(text(value) for value in values)})", _KIND_OF.get(name, "any"))


def _is_filled(value: Value) -> bool:
    return (
        bool(value.values) and not value.open
        if isinstance(value, Items)
        else isinstance(value, Unknown) and value.filled
    )


def _may_be_array(value: Value) -> bool:
    return any(isinstance(option, Items) or (isinstance(option, Unknown) and option.kind == "array")
               for option in options(value))  # fmt: skip


def _joined(values: list[Value]) -> Value:
    """Concatenated arrays, with everything that may be in them."""
    items: list[Value] = []
    is_open = False
    for value in values:
        found = list(options(value))
        is_open = is_open or len(found) > 1
        for option in found:
            if isinstance(option, Items):
                items += option.values
                is_open = is_open or option.open
            else:
                is_open = True
    return Items(tuple(items), is_open)


def _known(name: str, values: list[Value]) -> Value:
    try:
        return _FUNCTIONS[name](*values)
    except (TypeError, ValueError, AttributeError, IndexError):
        return _unknown(name, values)


def _contains(where: Value, what: Value) -> Value:
    if isinstance(where, Items):
        return what in where.values
    if isinstance(where, Fields):
        return what in where.held
    return text(what) in text(where)


def _empty(value: Value) -> Value:
    if isinstance(value, Items):
        return not value.values
    if isinstance(value, Fields):
        return not value.held
    return value in {"", None}


def _length(value: Value) -> Value:
    return len(value.values if isinstance(value, Items) else value.held if isinstance(value, Fields) else text(value))


def _concat(*values: Value) -> Value:
    return _joined(list(values)) if isinstance(values[0], Items) else "".join(text(value) for value in values)


def _union(*values: Value) -> Value:
    joined = _joined(list(values))
    unique: list[Value] = []
    for value in joined.values if isinstance(joined, Items) else ():
        if value not in unique:
            unique.append(value)
    return Items(tuple(unique))


def _join(value: Value, separator: Value) -> Value:
    if not isinstance(value, Items):
        raise TypeError
    return text(separator).join(text(item) for item in value.values)


def _string(value: Value) -> Value:
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, int) else text(value)


def _first(value: Value) -> Value:
    return value.values[0] if isinstance(value, Items) else text(value)[0]


def _format(template: Value, *values: Value) -> Value:
    return text(template).format(*(text(value) for value in values))


def _range(start: Value, count: Value) -> Value:
    if not (isinstance(start, int) and isinstance(count, int)):
        raise TypeError
    return Items(tuple(range(start, start + count)))


def from_json(data: Any, line: int = 0) -> Value:
    """JSON as a value."""
    if isinstance(data, dict):
        return Fields({name: Held(from_json(value, line), line) for name, value in data.items()})
    if isinstance(data, list):
        return Items(tuple(from_json(value, line) for value in data))
    return data if data is None or isinstance(data, str | int) else str(data)


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "any": lambda value: value,
    "bool": lambda value: text(value).lower() == "true",
    "concat": _concat,
    "contains": _contains,
    "empty": _empty,
    "endsWith": lambda value, end: text(value).lower().endswith(text(end).lower()),
    "first": _first,
    "format": _format,
    "int": lambda value: int(text(value)),
    "join": _join,
    "json": lambda value: from_json(json.loads(value)),
    "length": _length,
    "range": _range,
    "readEnvironmentVariable": lambda _, default: default,
    "replace": lambda value, old, new: text(value).replace(text(old), text(new)),
    "split": lambda value, separator: Items(tuple(text(value).split(text(separator)))),
    "startsWith": lambda value, start: text(value).lower().startswith(text(start).lower()),
    "string": _string,
    "take": lambda value, count: text(value)[: int(text(count))],
    "toLower": lambda value: text(value).lower(),
    "toUpper": lambda value: text(value).upper(),
    "trim": lambda value: text(value).strip(),
    "union": _union,
}
