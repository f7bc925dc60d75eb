"""The types of files, links and packages."""

from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from tests.http.schemas import SCHEMAS, known_values, optional_fields, values_of


def test_a_package_has_every_field_at_every_time_and_languages_that_can_grow() -> None:
    assert optional_fields("Package") == set()
    assert known_values(SCHEMAS["Package"]["properties"]["language"]) == values_of(PackageLanguage)
    assert SCHEMAS["PackageStatus"]["enum"] == values_of(PackageStatus)


def test_only_the_link_to_the_next_page_can_be_absent() -> None:
    assert optional_fields("FilePage") == {"nextLink"}
    assert optional_fields("FileLinks") == optional_fields("File") == set()
