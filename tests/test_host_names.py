"""What counts as a host name."""

import pytest

from shared.host_names import LOOPBACK_HOSTS, is_host_name


@pytest.mark.parametrize(
    "name", ["contoso.com", "a.b-c.example", "xn--bcher-kva.de", f"{'a' * 63}.example", "1.example"]
)
def test_a_full_name_in_lower_case(name: str) -> None:
    assert is_host_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "contoso",
        "contoso.com.",
        "Contoso.com",
        "*.contoso.com",
        "bücher.de",
        "-a.example",
        "a-.example",
        f"{'a' * 64}.example",
        ".".join(["a" * 60] * 5),
        "10.0.0.1",
        "0x7f.0x1",
        "a.0x",
        "contoso.com/path",
        "contoso.com\n",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_host_name(text)


def test_no_loopback_host_passes_as_a_name_on_the_internet() -> None:
    assert not any(is_host_name(host) for host in LOOPBACK_HOSTS)
