"""The table of error codes, and an error as a response."""

import pytest

from shared.exports.exceptions import Refusal
from shared.http.api_errors import ApiError, ApiErrorCode, export_not_found

CODE = ApiErrorCode.INVALID_VALUE


@pytest.mark.parametrize("code", ApiErrorCode)
def test_every_code_has_a_status_and_a_meaning(code: ApiErrorCode) -> None:
    assert 400 <= code.status < 600
    assert code.meaning[0].islower() or code.meaning.startswith("Microsoft ")
    assert not code.meaning.endswith(".")
    assert ApiErrorCode.named(code.value) is code


def test_a_code_that_does_not_exist_is_a_mistake_of_the_code() -> None:
    with pytest.raises(LookupError):
        ApiErrorCode.named("Nonsense")


def test_an_error_has_its_status_and_a_body() -> None:
    error = ApiError(CODE, "a: Takes b.", "a", (Refusal(CODE, "a: Takes b.", "a"), Refusal("MissingField", "c.", "c")))
    assert error.status == 400
    assert error.body() == {
        "error": {
            "code": "InvalidValue",
            "message": "a: Takes b.",
            "target": "a",
            "details": [
                {"code": "InvalidValue", "message": "a: Takes b.", "target": "a"},
                {"code": "MissingField", "message": "c.", "target": "c"},
            ],
        }
    }


def test_an_error_and_a_refusal_are_the_same_thing() -> None:
    refusal = Refusal("ExportInProgress", "Follow it.", "id")
    error = ApiError.of(refusal)
    assert (error.status, error.code) == (409, ApiErrorCode.EXPORT_IN_PROGRESS)
    assert error.refusal() == refusal


def test_the_example_of_a_code_is_a_whole_error() -> None:
    assert ApiErrorCode.EXPORT_IN_PROGRESS.example()["error"]["message"] == (
        "The person has another open export; its id is the target."
    )


def test_an_export_that_is_not_found_does_not_say_whether_there_is_one() -> None:
    assert (export_not_found().status, export_not_found().target) == (404, "id")
