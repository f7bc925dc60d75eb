"""Responses: what becomes of what a function returned. More is in recorded/responses.yaml."""

from typing import Any

import pytest
from azure.functions import HttpResponse

from local.host.http_responses import UnsendableError, response_of


def with_header(name: str, value: str) -> HttpResponse:
    response = HttpResponse("four")
    response.headers.add(name, value)
    return response


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a=1", "a=1; domain=; path="),
        ('a="b c"; Path=/x; Domain=example.org', "a=b%20c; domain=example.org; path=/x"),
        (
            "a=1; Max-Age=60; Expires=Thu, 26 Nov 2026 00:00:00 GMT; Secure; HttpOnly; SameSite=Strict",
            "a=1; expires=Thu, 26 Nov 2026 00:00:00 GMT; max-age=60; domain=; path=; secure; samesite=strict; httponly",
        ),
        ("a=1; SameSite=Nobody", "a=1; domain=; path="),
    ],
)
def test_a_cookie_is_written_anew(given: str, sent: str) -> None:
    assert response_of(with_header("Set-Cookie", given)).headers.getall("Set-Cookie") == [sent]


def test_a_cookie_that_the_worker_cannot_read_is_dropped() -> None:
    assert "Set-Cookie" not in response_of(with_header("Set-Cookie", "a=b c")).headers


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (None, "a NoneType, not an HttpResponse or a str"),
        ({"a": 1}, "a dict, not"),
        (b"bytes", "a bytes, not"),
        (with_header("X-Name", "gr\u00fcn"), "'X-Name'"),
        (with_header("X-Name", "\x7f"), "'X-Name'"),
        (with_header("X Name", "1"), "'X Name'"),
        (with_header("Content-Length", "5"), "Content-Length is '5', but the body has 4 bytes"),
        (with_header("Set-Cookie", "a=1; Expires=tomorrow"), "the expiry of a cookie"),
    ],
)
def test_what_the_platform_fails_to_send_is_refused_with_the_reason(result: Any, says: str) -> None:
    with pytest.raises(UnsendableError, match=says):
        response_of(result)


def test_a_length_that_is_right_may_be_given() -> None:
    assert response_of(with_header("Content-Length", "4")).headers["Content-Length"] == "4"
