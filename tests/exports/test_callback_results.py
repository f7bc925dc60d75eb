"""What sending a callback can come back with."""

from dataclasses import fields
from typing import get_args

import pytest

from shared.exports.callback_results import CallbackResult


@pytest.mark.parametrize("kind", get_args(CallbackResult), ids=lambda kind: kind.__name__)
def test_a_result_has_no_field_that_could_keep_the_url(kind: type) -> None:
    assert {field.name for field in fields(kind)} <= {"reason"}
