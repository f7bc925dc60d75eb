"""Targets of requests: how paths and queries are decoded, and written again. More is in recorded/paths.yaml."""

import pytest

from local.host.request_targets import BadTargetError, read_target


@pytest.mark.parametrize(
    ("raw", "path", "url"),
    [
        ("/a%20b/%C3%BC", "/a b/\u00fc", "/a%20b/%C3%BC"),
        ("/%2e%2E/a%2Fb%2fc", "/a%2Fb%2fc", "/a%2Fb%2fc"),
        ("/%FF%41%c3", "/%FFA%c3", "/%FFA%c3"),
        ("/%E2%82", "/%E2%82", "/%E2%82"),
        ("/50%", "/50%", "/50%25"),
        ("/%2541", "/%41", "/%41"),
        ("/a/./b/../../..", "/", "/"),
        ("/a/b/..", "/a/", "/a/"),
        ("/a/b/.", "/a/b/", "/a/b/"),
        ("/...", "/...", "/..."),
        ("//a", "//a", "//a"),
        ("/a#b", "/a#b", "/a%23b"),
        ("http://example.org", "/", "/"),
        ("HTTPS://example.org/a%20?b", "/a ", "/a%20?b"),
    ],
)
def test_a_path_is_decoded_and_written_again(raw: str, path: str, url: str) -> None:
    target = read_target(raw)
    assert (target.path, target.url) == (path, url)


@pytest.mark.parametrize(
    "raw", ["/a%00", "/%2500%00", "/\u00fc", "/?q=\udcff", "*", "", "a", "ftp://a/", "http:///a", "a:1"]
)
def test_a_target_that_nobody_should_see_is_refused(raw: str) -> None:
    with pytest.raises(BadTargetError):
        read_target(raw)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", {}),
        ("?", {}),
        ("?&&a=1&", {"a": "1"}),
        ("?a=1&b=&c", {"a": "1"}),
        ("?a=1&a=&a=2", {"a": "1,2"}),
        ("?a=&a", {}),
        ("?Ab=1&aB=2&ab=3", {"aB": "1,2,3"}),
        ("?a%20b=%2F%00+%2B", {"a b": "/\0 +"}),
        ("?a=b=c&=d", {"a": "b=c", "": "d"}),
        ("?a=%FF%41%", {"a": "%FFA%"}),
        ("?a=?b", {"a": "?b"}),
    ],
)
def test_a_query_is_read_as_functions_get_it(query: str, parameters: dict[str, str]) -> None:
    assert read_target(f"/a{query}").parameters() == parameters
