"""Routes: which function a path leads to, and which templates the host does not support."""

import pytest

from local.host.function_loader import HTTP, Function
from local.host.host_settings import LoadError
from local.host.route_templates import Routes


def function(route: str, *methods: str) -> Function:
    return Function(name=route, call=str, trigger=HTTP, binding={"route": route, "methods": methods})


ROUTES = Routes(
    [
        function("{*rest}", "PATCH"),
        function("items/{id}", "GET"),
        function("items/{id:int}", "GET"),
        function("items/first", "GET"),
        function("items/{id}/{part}"),
        function("all"),
        function("by/{year?}/{month?}"),
        function("guids/{id:guid}"),
        function("words/{word:alpha?}"),
        function("trees/{*path}"),
    ],
    "api",
)

GUID = "0F8FAD5B-D9CB-469F-A165-70867728950E"


@pytest.mark.parametrize(
    ("method", "path", "route", "values"),
    [
        ("GET", "/api/items/x42", "items/{id}", {"id": "x42"}),
        ("GET", "/api/items/42", "items/{id:int}", {"id": "42"}),
        ("GET", "/api/items/2147483648", "items/{id}", {"id": "2147483648"}),
        ("GET", "/api/items/first", "items/first", {}),
        ("GET", "/api/ITEMS/First", "items/first", {}),
        ("get", "/api/items/first/", "items/first", {}),
        ("PUT", "/api/items/first/last", "items/{id}/{part}", {"id": "first", "part": "last"}),
        ("GET", "/api/items/a%2Fb\n", "items/{id}", {"id": "a%2Fb\n"}),
        ("DELETE", "/api/all/", "all", {}),
        ("GET", "/api/by", "by/{year?}/{month?}", {}),
        ("GET", "/api/by/", "by/{year?}/{month?}", {}),
        ("GET", "/api/by/2026", "by/{year?}/{month?}", {"year": "2026"}),
        ("GET", "/api/by/2026/11", "by/{year?}/{month?}", {"year": "2026", "month": "11"}),
        ("GET", f"/api/guids/{GUID}", "guids/{id:guid}", {"id": GUID}),
        ("GET", f"/api/guids/{{{GUID}}}", "guids/{id:guid}", {"id": f"{{{GUID}}}"}),
        ("GET", f"/api/guids/{GUID.replace('-', '')}", "guids/{id:guid}", {"id": GUID.replace("-", "")}),
        ("GET", "/api/words/abc", "words/{word:alpha?}", {"word": "abc"}),
        ("GET", "/api/words", "words/{word:alpha?}", {}),
        ("GET", "/api/trees", "trees/{*path}", {}),
        ("GET", "/api/trees/", "trees/{*path}", {}),
        ("GET", "/api/trees/a//b/", "trees/{*path}", {"path": "a//b/"}),
        ("PATCH", "/api/items/first", "{*rest}", {"rest": "items/first"}),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, route: str, values: dict[str, str]) -> None:
    found = ROUTES.find(method, path)
    assert found is not None
    assert (found[0].name, found[1]) == (route, values)


@pytest.mark.parametrize(
    "path",
    [
        *("/api/items", "/api/items/", "/api/items/1/2/3", "/items/1", "/api", "/", "/x"),
        *("//api/all", "/api//all", "/api/all//", "/api/items//x", "/api/items/first//"),
        *("/api/by//11", "/api/by/2026/11/26", "/api/guids/1", f"/api/guids/{{{GUID})", "/api/words/a1"),
    ],
)
def test_a_path_that_fits_no_route_is_not_found(path: str) -> None:
    assert ROUTES.find("GET", path) is None


def test_a_wrong_method_is_not_found_either() -> None:
    assert ROUTES.find("POST", "/api/items/42") is None


def test_the_prefix_may_be_empty() -> None:
    assert Routes([function("all")], "").find("GET", "/all") is not None


@pytest.mark.parametrize(
    "part", ["{id:long}", "{id:min(1)}", "{id:int:min(1)}", "{id=1}", "{*path:int}", "{**path}", "a{id}"]
)
def test_an_unsupported_part_is_refused_by_name(part: str) -> None:
    with pytest.raises(LoadError) as refused:
        Routes([function(f"things/{part}")], "api")
    assert str(refused.value) == f"function 'things/{part}': the local host does not support the route part '{part}'"


@pytest.mark.parametrize(("route", "part"), [("{*rest}/end", "{*rest}"), ("by/{year?}/end", "{year?}")])
def test_what_may_be_absent_comes_last(route: str, part: str) -> None:
    with pytest.raises(LoadError) as refused:
        Routes([function(route)], "api")
    assert str(refused.value) == f"function '{route}': the route part '{part}' must be the last"
