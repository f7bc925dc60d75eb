"""The types of responses about the service."""

from shared.exports.preflight_check import Verdict
from tests.http.schemas import SCHEMAS, values_of


def test_a_check_has_a_verdict_and_the_report_passes_or_fails() -> None:
    assert SCHEMAS["Verdict"]["enum"] == values_of(Verdict)
    assert SCHEMAS["Report"]["properties"]["status"]["enum"] == ["Passed", "Failed"]
