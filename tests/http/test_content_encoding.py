"""Which content coding a client gets, by RFC 9110, section 12.5.3."""

import pytest

from shared.http.content_encoding import best_encoding

BOTH = ("br", "gzip")


@pytest.mark.parametrize(
    ("header", "available", "chosen"),
    [
        (None, BOTH, "identity"),
        ("", BOTH, "identity"),
        ("gzip, deflate, br, zstd", BOTH, "br"),
        ("gzip, deflate, br, zstd", ("gzip",), "gzip"),
        ("gzip, deflate, br, zstd", (), "identity"),
        ("gzip", BOTH, "gzip"),
        ("GZIP", BOTH, "gzip"),
        ("deflate", BOTH, "identity"),
        ("br;q=0.5, gzip", BOTH, "gzip"),
        ("br ; Q=0.9 , gzip;q=0.8", BOTH, "br"),
        ("br;q=0.001", BOTH, "br"),
        ("br;q=0, gzip;q=0", BOTH, "identity"),
        ("br;q=0.5, identity;q=0.9", BOTH, "identity"),
        ("br;q=1.000, gzip;q=0.999", BOTH, "br"),
        ("*", BOTH, "br"),
        ("*;q=0.5, gzip", BOTH, "gzip"),
        ("*, br;q=0", BOTH, "gzip"),
        ("*;q=0.5, br;q=0.2", ("br",), "identity"),
        ("*;q=0", BOTH, "identity"),
        ("*;q=0, gzip", BOTH, "gzip"),
        ("identity;q=0", BOTH, "identity"),
        ("identity;q=0, gzip", BOTH, "gzip"),
        ("identity;q=0, *", BOTH, "br"),
        ("identity", BOTH, "identity"),
        ("br;level=4, gzip;q=0.5", BOTH, "br"),
        ("br;q=2, gzip", BOTH, "gzip"),
        ("br;q=, gzip;q=-1, *;q=0.0001", BOTH, "identity"),
        ("br;q=\u0661, gzip;q=0.\u0665", BOTH, "identity"),
        (",;,=;q", BOTH, "identity"),
        ("br" * 4000, BOTH, "identity"),
    ],
)
def test_the_best_that_both_have_is_chosen(header: str | None, available: tuple[str, ...], chosen: str) -> None:
    assert best_encoding(header, available) == chosen
