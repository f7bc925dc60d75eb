"""Requests to the functions of an app, and the keys that open them."""

from pathlib import Path

from tests.local.host.sample_app_host import SampleAppHost


def test_a_request_reaches_the_function_as_it_was_sent(host: SampleAppHost) -> None:
    headers = [("X-One", "a"), ("X-One", "b"), ("X-MS-CLIENT-PRINCIPAL-ID", "forged")]
    response = host.client.post("/api/echo/the%20name?q=1&q=2&r=", content=b"\x00\xff body", headers=headers)
    seen = response.json()
    assert response.headers["content-type"] == "application/json"
    assert seen["method"] == "POST"
    assert seen["url"].startswith(f"{host.url}/api/echo/the%20name?")
    assert seen["route"] == {"name": "the name"}
    assert seen["query"] == {"q": "1,2"}  # as on the platform, what has no value is only in the URL
    assert seen["url"].endswith("?q=1&q=2&r=")
    assert seen["body"] == "\x00\xff body"
    assert seen["headers"]["x-one"] == "a,b"
    assert seen["headers"]["x-ms-client-principal-id"] == "forged"  # as on the platform with authentication off
    assert not seen["on_main_thread"]


def test_a_compressed_body_is_left_to_the_app(host: SampleAppHost) -> None:
    response = host.client.post("/api/echo/me", content=b"not gzip at all", headers={"Content-Encoding": "gzip"})
    assert response.json()["body"] == "not gzip at all"


def test_a_body_of_some_megabytes_gets_through(host: SampleAppHost) -> None:
    response = host.client.post("/api/echo/me", content=b"x" * 5_000_000)
    assert len(response.json()["body"]) == 5_000_000


def test_a_body_in_chunks_does_not_arrive(host: SampleAppHost) -> None:
    seen = host.client.post("/api/echo/me", content=iter([b"some", b"body"])).json()
    assert (seen["body"], seen["headers"]["transfer-encoding"]) == ("", "chunked")
    assert host.client.get("/api/items/42").json() == {"id": "42"}


def test_a_body_over_the_limit_is_a_failure_without_a_reason(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path, {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "2000"}) as host:
        assert len(host.client.post("/api/echo/me", content=b"x" * 2000).json()["body"]) == 2000
        response = host.client.post("/api/echo/me", content=b"x" * 2001)
        assert (response.status_code, response.content, response.headers["connection"]) == (500, b"", "close")
        assert host.client.request("GET", "/api/locked", content=b"x" * 2001).status_code == 401
        assert host.client.post("/api/nowhere", content=b"x" * 2001).status_code == 404


def test_the_route_decides_which_function_is_called(host: SampleAppHost) -> None:
    assert host.client.get("/api/items/42").json() == {"id": "42"}
    assert host.client.get("/api/items/first").json() == {"first": "GET"}
    assert host.client.get("/api/items").status_code == 404
    assert host.client.delete("/api/items/42").status_code == 404


def test_cookies_are_written_anew_and_bodies_are_bytes(host: SampleAppHost) -> None:
    response = host.client.get("/api/cookies?x=1")
    assert response.status_code == 201
    assert response.headers.get_list("set-cookie") == ["a=1; domain=; path=", "b=1; domain=; path="]
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content == b"\x00\xff"


def test_a_text_is_a_response(host: SampleAppHost) -> None:
    response = host.client.get("/api/text")
    assert (response.status_code, response.text) == (200, "GET")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_an_exception_is_logged_and_not_shown_to_the_caller(host: SampleAppHost) -> None:
    response = host.client.get("/api/boom?code=a-query-nobody-logs")
    assert (response.status_code, response.content) == (500, b"")
    assert "RuntimeError: boom by GET" in host.log()
    assert "a-query-nobody-logs" not in host.log()


def test_function_level_needs_the_function_key(host: SampleAppHost) -> None:
    key = host.key("functionKeys", "default")
    assert host.client.get("/api/locked").status_code == 401
    assert host.client.get("/api/locked?code=wrong").status_code == 401
    assert host.client.get("/api/locked", headers={b"x-functions-key": "wr\u00f6ng".encode()}).status_code == 401
    assert host.client.get("/api/locked", params={"code": key}).status_code == 200
    assert host.client.get("/api/locked", headers={"x-functions-key": key}).status_code == 200
