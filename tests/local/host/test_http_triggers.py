"""Routes, keys and what goes through them."""

import pytest

from tests.local.host.sample_app_host import HostProcess

GUID = "0b9a1a5e-6f0e-4c3e-9a3b-0d2c7a1f5b11"


def test_a_request_reaches_the_function_as_it_was_sent(host: HostProcess) -> None:
    headers = [("X-One", "a"), ("X-One", "b"), ("X-MS-CLIENT-PRINCIPAL-ID", "forged")]
    response = host.client.post("/api/echo/the%20name?q=1&q=2&r=", content=b"\x00\xff body", headers=headers)
    seen = response.json()
    assert response.headers["content-type"] == "application/json"
    assert seen["method"] == "POST"
    assert seen["url"].startswith(f"{host.url}/api/echo/the%20name?")
    assert seen["route"] == {"name": "the name"}
    assert seen["query"] == {"q": "1,2", "r": ""}
    assert seen["body"] == "\x00\xff body"
    assert seen["headers"]["x-one"] == "a,b"
    assert seen["headers"]["x-ms-client-principal-id"] == "forged"  # as on the platform with authentication off
    assert seen["function"] == "echo"
    assert not seen["on_main_thread"]


def test_a_compressed_body_is_left_to_the_app(host: HostProcess) -> None:
    response = host.client.post("/api/echo", content=b"not gzip at all", headers={"Content-Encoding": "gzip"})
    assert response.json()["body"] == "not gzip at all"


def test_a_body_of_some_megabytes_gets_through(host: HostProcess) -> None:
    response = host.client.post("/api/echo", content=b"x" * 5_000_000)
    assert len(response.json()["body"]) == 5_000_000


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        (f"/api/items/{GUID}", {"guid": GUID}),
        ("/api/items/42", {"number": "42"}),
        ("/api/items/first", {"first": "GET"}),
        ("/api/ITEMS/First", {"first": "GET"}),
        ("/api/files/a/b%2Fc", {"path": "a/b/c"}),
        ("/api/files/a%0Ab", {"path": "a\nb"}),
    ],
)
def test_the_route_that_says_most_wins(host: HostProcess, path: str, seen: dict[str, str]) -> None:
    assert host.client.get(path).json() == seen


@pytest.mark.parametrize("path", ["/api/items/neither", "/api/items", "/api/items/42/more", "/items/42", "/api", "/x"])
def test_what_fits_no_route_is_not_found(host: HostProcess, path: str) -> None:
    assert host.client.get(path).status_code == 404


def test_a_wrong_method_is_not_found_either(host: HostProcess) -> None:
    assert host.client.delete("/api/echo").status_code == 404


def test_headers_may_repeat_and_bodies_are_bytes(host: HostProcess) -> None:
    response = host.client.get("/api/cookies?x=1")
    assert response.status_code == 201
    assert response.headers.get_list("set-cookie") == ["a=1", "b=1"]
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content == b"\x00\xff"


def test_nothing_returned_is_no_content(host: HostProcess) -> None:
    assert host.client.get("/api/nothing").status_code == 204


def test_an_exception_is_logged_and_told_to_nobody(host: HostProcess) -> None:
    response = host.client.get("/api/boom?code=a-query-nobody-logs")
    assert (response.status_code, response.content) == (500, b"")
    assert "RuntimeError: boom by GET" in host.log()
    assert "a-query-nobody-logs" not in host.log()


def test_function_level_needs_the_function_key_or_the_master_key(host: HostProcess) -> None:
    function, master = host.key("functionKeys", "default"), host.key("masterKey", "_master")
    assert host.client.get("/api/locked").status_code == 401
    assert host.client.get("/api/locked?code=wrong").status_code == 401
    assert host.client.get("/api/locked", headers={b"x-functions-key": b"wrong \xff"}).status_code == 401
    assert host.client.get("/api/locked", params={"code": function}).status_code == 200
    assert host.client.get("/api/locked", headers={"x-functions-key": master}).status_code == 200


def test_admin_level_needs_the_master_key(host: HostProcess) -> None:
    function, master = host.key("functionKeys", "default"), host.key("masterKey", "_master")
    assert host.client.get("/api/vault", headers={"x-functions-key": function}).status_code == 401
    assert host.client.get("/api/vault", headers={"x-functions-key": master}).status_code == 200


def test_the_host_says_that_it_is_there(host: HostProcess) -> None:
    assert host.client.get("/").status_code == 204
    assert host.client.get("/admin/host/status").status_code == 401
    master = {"x-functions-key": host.key("masterKey", "_master")}
    status = host.client.get("/admin/host/status", headers=master).json()
    assert status["state"] == "Running"
    assert "echo" in status["functions"]


def test_keys_are_for_their_owner_alone(host: HostProcess) -> None:
    assert (host.state / "keys.json").stat().st_mode & 0o777 == 0o600
