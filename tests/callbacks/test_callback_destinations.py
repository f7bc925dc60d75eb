"""Where callbacks may go: URLs, hosts and addresses."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from shared.callbacks.callback_destinations import MAX_URL_LENGTH, CallbackDestinations, is_public
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
    with pytest.raises(CallbackNotAllowedError, match="sends no callbacks, as CALLBACK_ALLOWED_HOSTS is not set"):
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


NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - refused, not bound to
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a83f:8110",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:a83f:8110::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_refused_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "20.50.2.1", "168.63.129.15", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::", "2603:1030::1"],
)
def test_what_is_public_passes(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
@example(IPv4Address("11.0.0.0"))
def test_no_more_is_public_than_python_says(address: IPv4Address) -> None:
    assert address.is_global or not is_public(str(address))
    mapped = f"::ffff:{address}"
    translated = str(IPv6Address(int(IPv6Address("64:ff9b::")) | int(address)))
    assert is_public(mapped) == is_public(translated) == is_public(str(address))


@given(st.ip_addresses(v=6) | st.integers(0x2000 << 112, (0x4000 << 112) - 1).map(IPv6Address))
def test_no_more_of_version_6_is_public_than_python_says(address: IPv6Address) -> None:
    if is_public(str(address)):
        inner = address.ipv4_mapped or address.sixtofour
        assert address.is_global or (inner is not None and ip_address(inner).is_global)
