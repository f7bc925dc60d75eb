"""Routes: which function a path leads to, and which templates the host does not support."""

import pytest

from local.host.function_loader import HTTP, Function
from local.host.host_settings import LoadError
from local.host.route_templates import Routes


def function(route: str, *methods: str) -> Function:
    return Function(name=route, call=str, trigger=HTTP, binding={"route": route, "methods": methods})


ROUTES = Routes(
    [function("items/{id}", "GET"), function("items/first", "GET"), function("items/{id}/{part}"), function("all")],
    "api",
)


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/api/items/42", "items/{id}", {"id": "42"}),
        ("GET", "/api/items/first", "items/first", {}),
        ("GET", "/api/ITEMS/First", "items/first", {}),
        ("PUT", "/api/items/first/last", "items/{id}/{part}", {"id": "first", "part": "last"}),
        ("GET", "/api/items/a%2Fb%0A", "items/{id}", {"id": "a/b\n"}),
        ("DELETE", "/api/all/", "all", {}),
    ],
)
def test_literal_text_wins_over_a_parameter(method: str, path: str, route: str, parameters: dict[str, str]) -> None:
    found = ROUTES.find(method, path)
    assert found is not None
    assert (found[0].name, found[1]) == (route, parameters)


@pytest.mark.parametrize("path", ["/api/items", "/api/items/", "/api/items/1/2/3", "/items/1", "/api", "/", "/x"])
def test_a_path_that_fits_no_route_is_not_found(path: str) -> None:
    assert ROUTES.find("GET", path) is None


def test_a_wrong_method_is_not_found_either() -> None:
    assert ROUTES.find("POST", "/api/items/42") is None


def test_the_prefix_may_be_empty() -> None:
    assert Routes([function("all")], "").find("GET", "/all") is not None


@pytest.mark.parametrize("part", ["{id:guid}", "{id?}", "{*path}", "a{id}"])
def test_an_unsupported_part_is_refused_by_name(part: str) -> None:
    with pytest.raises(LoadError) as refused:
        Routes([function(f"things/{part}")], "api")
    assert str(refused.value) == f"function 'things/{part}': the local host does not support the route part '{part}'"
