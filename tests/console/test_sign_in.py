"""Sign-in and sign-out, through the real pages."""

import pytest
from playwright.sync_api import expect

from local.identity.made_up_people import PEOPLE
from tests.console.visitors import Visitors, choose


@pytest.mark.parametrize("role", [key for key, person in PEOPLE.items() if person.roles])
def test_each_person_signs_in_and_sees_their_name(visitors: Visitors, role: str) -> None:
    page = visitors.page()
    page.goto(visitors.stack.console)

    choose(page, role)

    expect(page.get_by_role("banner")).to_contain_text(PEOPLE[role].name)
    assert page.url == visitors.stack.console


def test_a_second_page_of_a_person_needs_no_pages_of_the_identity(visitors: Visitors) -> None:
    visitors.signed_in("reader")
    page = visitors.signed_in("reader", "/setup-check")

    expect(page.get_by_role("banner")).to_contain_text("Rafael Reader")
