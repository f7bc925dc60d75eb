"""Which addresses callbacks may reach."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.callbacks.callback_destinations import is_public

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
