"""Which proxy a URL goes through."""

import urllib.request
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.proxies import Proxies, Proxy

PLAIN, TLS = Proxy("http://plain.contoso.com:80"), Proxy("http://proxy.contoso.com:8080")
BOTH = Proxies(PLAIN, TLS)
HOSTS = st.sampled_from(
    ["graph.microsoft.com", "microsoft.com", "notmicrosoft.com", "localhost", "127.0.0.1", "10.0.0.7", "com"]
)
ODD = ["", " ", ".", "*", ":443", "443", "..com", ".Microsoft.com", "graph.microsoft.com:443", "10.0.0.0/8"]
ENTRIES = st.sampled_from(ODD) | HOSTS


def test_each_scheme_has_its_own() -> None:
    assert BOTH.for_url("https://graph.microsoft.com/v1.0") is TLS
    assert BOTH.for_url("HTTPS://graph.microsoft.com") is TLS
    assert BOTH.for_url("http://127.0.0.1:8080") is PLAIN
    assert Proxies(http=PLAIN).for_url("https://graph.microsoft.com") is None
    assert Proxies(https=TLS).for_url("http://127.0.0.1:8080") is None


@pytest.mark.parametrize(
    ("url", "no_proxy"),
    [
        ("https://graph.microsoft.com", "graph.microsoft.com"),
        ("https://Graph.Microsoft.com", "localhost, MICROSOFT.com"),
        ("https://exports.blob.core.windows.net/c", ".core.windows.net"),
        ("https://127.0.0.1:10000/exports", "127.0.0.1"),
        ("https://127.0.0.1:10000/exports", "127.0.0.1:10000"),
        ("https://graph.microsoft.com", "graph.microsoft.com:443"),
        ("https://[::1]:8080/", "::1"),
        ("https://graph.microsoft.com", "*"),
    ],
)
def test_what_is_excepted_goes_directly(url: str, no_proxy: str) -> None:
    assert BOTH.for_url(url) is TLS
    assert Proxies(PLAIN, TLS, no_proxy).for_url(url) is None


@pytest.mark.parametrize(
    "no_proxy", ["", ",", "graph.microsoft.co", "aph.microsoft.com", "graph.microsoft.com:80", "*.microsoft.com", "a,*"]
)
def test_what_is_not_excepted_does_not(no_proxy: str) -> None:
    assert Proxies(PLAIN, TLS, no_proxy).for_url("https://graph.microsoft.com/v1.0") is TLS


@given(HOSTS, st.sampled_from(["", ":443", ":8443"]), st.lists(ENTRIES, max_size=3).map(",".join))
@example("graph.microsoft.com", "", " * ")
def test_hosts_are_compared_as_python_does(host: str, port: str, no_proxy: str) -> None:
    url = f"https://{host}{port}/"
    asked = f"{host}:{urlsplit(url).port or 443}"
    rule = {"no": no_proxy.strip()}  # the settings are stripped
    expected = urllib.request.proxy_bypass(host, rule) or urllib.request.proxy_bypass(asked, rule)
    assert (Proxies(None, TLS, no_proxy).for_url(url) is None) == bool(expected)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://proxy.contoso.com:8080", "http://proxy.contoso.com:8080"),
        ("http://proxy/", "http://proxy:80"),
        ("HTTP://Proxy.contoso.com", "http://proxy.contoso.com:80"),
        ("http://10.0.0.4:3128", "http://10.0.0.4:3128"),
        ("http://[fd00::4]:3128", "http://[fd00::4]:3128"),
    ],
)
def test_a_proxy_has_an_address(address: str, url: str) -> None:
    assert Proxy.at(address) == Proxy(url)


def test_credentials_are_kept_apart_from_the_address() -> None:
    proxy = Proxy.at("http://svc:p%40ss%3A%C3%BC@proxy.contoso.com:8080")
    assert proxy.url == "http://proxy.contoso.com:8080"
    assert proxy.headers == {"Proxy-Authorization": "Basic c3ZjOnBAc3M6w7w="}
    assert Proxy.at("http://svc@proxy").headers == {"Proxy-Authorization": "Basic c3ZjOg=="}
    assert "c3Zj" not in repr(BOTH) + repr(proxy)


@pytest.mark.parametrize(
    "address",
    [
        "proxy.contoso.com:8080",
        "https://proxy.contoso.com",
        "socks5://proxy.contoso.com:1080",
        "http://",
        "http://:8080",
        "http://proxy:port",
        "http://proxy:65536",
        "http://[proxy",
        "http://proxy/path",
        "http://proxy?query",
        "http://proxy#fragment",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Proxy.at(address)
