"""Where callbacks may go, and the many spellings of where they may not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from shared.callbacks.callback_destinations import MAX_URL_LENGTH, CallbackDestinations
from shared.exports.exceptions import CallbackNotAllowedError

ALLOWED = CallbackDestinations(("contoso.com", "hooks.fabrikam.com", "xn--bcher-kva.example"))
LOCAL = CallbackDestinations(("127.0.0.1", "localhost", "contoso.com"))

GOOD = [
    "https://contoso.com",
    "https://contoso.com/",
    "https://contoso.com?a=b",
    "https://CONTOSO.com/hook",
    "https://a.b.contoso.com/hook",
    "https://contoso.com:443/hook",
    "https://hooks.fabrikam.com/x",
    "https://xn--bcher-kva.example/",
    "https://prod-00.contoso.com:443/workflows/0a/triggers/m/paths/invoke?api-version=2016-10-01&sp=%2Fm%2Frun&sig=a-_B",
    "https://contoso.com/" + "x" * (MAX_URL_LENGTH - 20),
]
BAD = [
    # schemes
    "",
    "contoso.com",
    "//contoso.com/",
    "http://contoso.com/",
    "ftp://contoso.com/",
    "file:///etc/passwd",
    "gopher://contoso.com/",
    "javascript:alert(1)",
    "https:contoso.com",
    "https:/contoso.com",
    "https:///contoso.com",
    "https://",
    "https://?a=b",
    # ports
    "https://contoso.com:",
    "https://contoso.com:80/",
    "https://contoso.com:8443/",
    "https://contoso.com:0443/",
    "https://contoso.com:+443/",
    "https://contoso.com:443443/",
    "https://contoso.com:443:443/",
    "https://contoso.com:٤٤٣/",
    # user names, fragments, and what parsers disagree on
    "https://user@contoso.com/",
    "https://user:password@contoso.com/",
    "https://contoso.com@evil.example/",
    "https://contoso.com:443@evil.example/",
    "https://evil.example#@contoso.com/",
    "https://evil.example\\@contoso.com/",
    "https://contoso.com\\.evil.example/",
    "https://contoso.com/#fragment",
    "https://contoso.com/#",
    "https://evil.example%2f.contoso.com/",
    "https://evil.example%00.contoso.com/",
    "https://contoso%2ecom/",
    "https://contoso.com\t/",
    "https://contoso.com/\r\nHost: evil.example",
    "https://contoso.com/\n",
    " https://contoso.com/",
    "https://contoso.com/ ",
    "https://contoso.com/a b",
    "https://contoso.com/\x00",
    # not quite the host
    "https://evilcontoso.com/",
    "https://contoso.com.evil.example/",
    "https://contoso.co/",
    "https://contoso.comm/",
    "https://com/",
    "https://fabrikam.com/",
    "https://evilhooks.fabrikam.com/",
    "https://contoso.com./",
    "https://contoso.com../",
    "https://.contoso.com/",
    "https://a..contoso.com/",
    "https://-a.contoso.com/",
    "https://a-.contoso.com/",
    "https://a_b.contoso.com/",
    "https://*.contoso.com/",
    f"https://{'a' * 64}.contoso.com/",
    f"https://{'a.' * 125}contoso.com/",
    "https://contoso.com/" + "x" * MAX_URL_LENGTH,
    # hosts in other scripts, and what they are folded to
    "https://bücher.example/",
    "https://ⓒontoso.com/",
    "https://contoso。com/",
    "https://contoso\uff0ecom/",
    "https://contoso.\uff43om/",
    "https://c\u043entoso.com/",
    "https://conto\u00adso.com/",
    "https://conto\u200dso.com/",
    "https://\u017fub.contoso.com/",
    "https://①②⑦.⓪.⓪.①/",
    # addresses, in every spelling
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://127.0.0.1.contoso.com.127.0.0.1/",
    "https://169.254.169.254/metadata/instance",
    "https://168.63.129.16/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1%25eth0]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2001:4860:4860::8888]/",
    "https://[contoso.com]/",
    "https://localhost/",
    "https://localhost.localdomain/",
    "http://127.0.0.1:8080/",
    "http://localhost:8080/",
    "https://metadata.google.internal/",
]


@pytest.mark.parametrize("url", GOOD, ids=lambda url: url[:60])
def test_what_may_be_called(url: str) -> None:
    ALLOWED.check(url)


@pytest.mark.parametrize("url", BAD, ids=ascii)
def test_what_may_not_be_called(url: str) -> None:
    with pytest.raises(CallbackNotAllowedError) as error:
        ALLOWED.check(url)
    assert str(error.value).endswith(".")
    assert len(url) < 10 or url not in str(error.value)


@given(st.from_regex(r"https://[\x20-\x7e]{0,40}contoso\.com[\x20-\x7e]{0,40}", fullmatch=True) | st.text())
def test_what_passes_is_read_as_that_host_by_the_client_too(url: str) -> None:
    try:
        ALLOWED.check(url)
    except CallbackNotAllowedError:
        return
    read = URL(url, encoded=True)
    assert (read.scheme, read.port, read.user, read.fragment) == ("https", 443, None, "")
    assert re.fullmatch(
        r"(.+\.)?contoso\.com|(.+\.)?hooks\.fabrikam\.com|(.+\.)?xn--bcher-kva\.example", read.host or ""
    )


@pytest.mark.parametrize("url", GOOD[:3])
def test_without_hosts_nothing_may_be_called(url: str) -> None:
    with pytest.raises(CallbackNotAllowedError, match="sends no callbacks"):
        CallbackDestinations(()).check(url)


def test_a_local_stack_may_call_this_machine_and_nothing_else_without_tls() -> None:
    for url in ("http://127.0.0.1:8080/hook?sig=x", "http://localhost/hook", "https://contoso.com/"):
        LOCAL.check(url)
    for url in (
        "http://127.0.0.2:8080/",
        "http://127.1:8080/",
        "http://[::1]:8080/",
        "http://localhost.:8080/",
        "http://x.localhost:8080/",
        "http://127.0.0.1.contoso.com/",
        "http://127.0.0.1@evil.example/",
        "http://contoso.com/",
        "https://10.0.0.1/",
    ):
        with pytest.raises(CallbackNotAllowedError):
            LOCAL.check(url)


def test_every_address_of_a_host_must_be_public() -> None:
    ALLOWED.check_addresses("contoso.com", ["20.50.2.1", "2603:1030::1"])
    for addresses in ([], ["10.0.0.1"], ["20.50.2.1", "127.0.0.1"], ["2603:1030::1", "fd00:ec2::254"]):
        with pytest.raises(CallbackNotAllowedError):
            ALLOWED.check_addresses("contoso.com", addresses)


def test_a_local_name_must_be_this_machine() -> None:
    LOCAL.check_addresses("LOCALHOST", ["127.0.0.1", "::1"])
    for host, address in (("localhost", "20.50.2.1"), ("localhost", "10.0.0.1"), ("contoso.com", "127.0.0.1")):
        with pytest.raises(CallbackNotAllowedError):
            LOCAL.check_addresses(host, [address])
