"""Which addresses callbacks may reach: those of the public internet, and no others."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Sources: IANA's registries of special-purpose addresses, as of 2025. Python's own `is_global` differs from one patch
# release to the next.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",  # instance metadata is there too
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "168.63.129.16/32",  # Azure's own services, as every virtual machine sees them
    )
)
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0/96"))
"""Addresses that end with the IPv4 address which they lead to: by NAT64, and mapped."""
_6TO4 = IPv6Network("2002::/16")


def is_public(address: str) -> bool:
    """Whether it is an address of the public internet; of one that leads to an IPv4 address, whether that is."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        inner = _inner(parsed)
        if inner is None:
            return parsed in _GLOBAL_UNICAST_6 and not any(parsed in network for network in _NOT_PUBLIC_6)
        parsed = inner
    return not any(parsed in network for network in _NOT_PUBLIC_4)


def is_loopback(address: str) -> bool:
    """Whether it is this machine itself."""
    return ip_address(address).is_loopback


def _inner(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if address in _6TO4:
        return IPv4Address(number >> 80 & 0xFFFF_FFFF)
    return IPv4Address(number & 0xFFFF_FFFF) if any(address in network for network in _TRANSLATED) else None
