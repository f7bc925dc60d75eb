"""The types of response bodies: all of them are schemas of the document, with the values of the domain."""

from typing import Any

import pytest

from shared.exports.states_and_codes import Status, SubjectType
from shared.http import batch_schema, callback_schema, error_schema, export_schema, file_schema, service_schema
from tests.http.schemas import SCHEMAS, values_of

MODULES = [batch_schema, callback_schema, error_schema, export_schema, file_schema, service_schema]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_type_is_a_schema_with_a_description(module: Any) -> None:
    types = {name for name, kind in vars(module).items() if getattr(kind, "__module__", "") == module.__name__}
    assert types
    assert {name for name in types if not SCHEMAS[name].get("description")} == set()


@pytest.mark.parametrize("enum", [Status, SubjectType])
def test_every_value_is_described(enum: Any) -> None:
    assert SCHEMAS[enum.__name__]["enum"] == values_of(enum)
