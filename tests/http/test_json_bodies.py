"""Bodies in JSON: what is none is refused, none costs much, and whatever comes is read or refused."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from inspect import signature
from types import FunctionType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http import request_bodies
from shared.http.api_errors import ApiError
from shared.http.json_bodies import JsonBody
from shared.http.request_bodies import (
    read_batch,
    read_clock_change,
    read_export,
    read_export_item,
    read_handover,
    read_hold,
    read_links,
    read_package,
    read_subscription,
)
from shared.national_clouds import CLOUDS
from tests.http.reading_costs import cost

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
GLOBAL = CLOUDS["Global"]
CALLBACK = "https://hooks.contoso.com/run?sig=secret"
USER = {"type": "user", "id": GUID}
BOM = b"\xef\xbb\xbf"


def name_of(value: object) -> str:
    function = value.func if isinstance(value, partial) else value
    return function.__name__ if isinstance(function, FunctionType) else ""


READERS: dict[Callable[[bytes], object], bytes] = {
    partial(read_export, cloud=GLOBAL): json.dumps({"subject": USER, "reference": "Müller"}).encode(),
    read_batch: json.dumps({"exports": [{"subject": USER}]}).encode(),
    read_links: '{"files": ["Fotos/Müller.jpg"]}'.encode(),
    read_package: b'{"language": "fr"}',
    read_subscription: json.dumps({"callbackUrl": CALLBACK}).encode(),
    read_clock_change: '{"action": "pause", "reason": "Rückfrage"}'.encode(),
    read_handover: b'{"method": "portal"}',
    read_hold: '{"reason": "Verfügung 12 O 345/26"}'.encode(),
}
"""What reads each kind of body, and a body that it takes."""
EACH_BODY = pytest.mark.parametrize(("reader", "body"), READERS.items(), ids=name_of)


def test_every_reader_of_a_body_is_tried_here() -> None:
    of_bodies = {
        function.__name__
        for function in vars(request_bodies).values()
        if isinstance(function, FunctionType)
        and function.__module__ == request_bodies.__name__
        and "body" in signature(function).parameters
    }
    assert {name_of(reader) for reader in READERS} == of_bodies


@EACH_BODY
def test_a_byte_order_mark_is_no_part_of_a_body(reader: Callable[[bytes], object], body: bytes) -> None:
    assert reader(BOM + body) == reader(body)


@EACH_BODY
@pytest.mark.parametrize(
    "spoilt",
    [
        lambda body: BOM + BOM + body,
        lambda body: body.decode().encode("utf-16"),
        lambda body: body.decode().encode("utf-16-be"),
        lambda body: body.replace(b"{", b'{"\xfc": 1, ', 1),
        lambda body: body.replace(b"{", b'{"\\ud800": 1, ', 1),
        lambda body: body.replace(b"{", b'{"a": "\\udfff", ', 1),
        lambda body: body.replace(b"{", b'{"a": NaN, ', 1),
        lambda body: body.replace(b"{", b'{"a": -Infinity, ', 1),
        lambda body: body.replace(b"{", b"{'a': 1, ", 1),
        lambda body: body + body,
        lambda body: body[:-1] + b",}",
        lambda body: body[:-1],
        lambda body: b"\0" + body,
        lambda body: body.replace(b"{", b'{"a": %s, ' % (b"[" * 300 + b"]" * 300), 1),
        lambda body: body.replace(b"{", b'{"a": %s, ' % (b"9" * 60_000), 1),
    ],
    ids=range(15),
)
def test_what_is_no_json_in_utf_8_is_refused_and_told_so(
    reader: Callable[[bytes], object], body: bytes, spoilt: Callable[[bytes], bytes]
) -> None:
    for wrong in (spoilt(body), b"", b"   ", b"[" * 60_000, b'{"exports":' * 5_000):
        with pytest.raises(ApiError) as error:
            reader(wrong)
        assert (error.value.code, error.value.target) == ("InvalidJson", "body")
        assert "JSON in UTF-8" in error.value.message
        assert len(error.value.message) < 150


@pytest.mark.parametrize(
    "costly",
    [
        b"[" * 2**20,
        b'{"exports": ' + b"[" * 2**20,
        b'{"a":' * 2**17,
        b"9" * 2**20,
        b'{"exports": [%s' % (b"9" * 2**20),
        b'{"exports": [{%s}]}' % b",".join(b'"%d":1' % number for number in range(90_000)),
        b"{%s}" % b",".join(b'"%d":1' % number for number in range(90_000)),
        b'{"exports": [%s1]}' % (b"{}," * 300_000),
        b'{"files": [%s1]}' % (b"1," * 500_000),
        b'{"callbackUrl": "x", "status": [%s1]}' % (b'"x",' * 250_000),
        b'{"subject": {%s}}' % b",".join(b'"%d":1' % number for number in range(90_000)),
        b'{"%s": 1}' % (b"x" * 2**20),
        b'{"subject": "%s"}' % (b"\\u0041" * 170_000),
        b" " * 2**20,
    ],
    ids=range(14),
)
def test_a_body_of_a_megabyte_costs_little(costly: bytes) -> None:
    for reader in READERS:
        assert cost(partial(reader, costly)) < 1


@pytest.mark.parametrize(
    "item", [{str(number): 1 for number in range(90_000)}, {"x" * 2**20: 1}, {"subject": "x" * 2**20}]
)
def test_an_item_of_a_megabyte_costs_little(item: object) -> None:
    assert cost(lambda: read_export_item(item, GLOBAL)) < 1
    with pytest.raises(ApiError) as error:
        read_export_item(item, GLOBAL)
    assert len(json.dumps(error.value.body())) < 1000


def test_an_object_with_very_many_fields_is_refused_at_once() -> None:
    for wrong in ({str(number): 1 for number in range(51)}, USER | {str(number): 1 for number in range(49)}):
        with pytest.raises(ApiError) as error:
            read_export_item({"subject": wrong}, GLOBAL)
        assert (error.value.code, error.value.target) == ("InvalidValue", "subject")
        assert len(error.value.details) == 1
    with pytest.raises(ApiError) as error:
        read_export_item({"subject": USER | {str(number): 1 for number in range(48)}}, GLOBAL)
    assert len(error.value.details) == 48


@pytest.mark.parametrize(
    ("name", "shown"), [("x" * 64, "x" * 64), ("x" * 65, "x" * 64 + "…"), ("a\nb\0\u2028c", "a�b��c"), ("", "body")]
)
def test_the_name_of_an_unknown_field_is_given_back_short_and_printable(name: str, shown: str) -> None:
    with pytest.raises(ApiError) as error:
        read_export_item({"subject": USER, name: 1}, GLOBAL)
    assert (error.value.code, error.value.target) == ("UnknownField", shown)
    assert error.value.message == f"{shown}: There is no such field."


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
BODIES = [kind for kind in vars(request_bodies).values() if isinstance(kind, type) and issubclass(kind, JsonBody)]
FIELDS = st.sampled_from(["exports", *(name for kind in BODIES for name in kind.model_fields)])
CALLERS_JSON = st.dictionaries(FIELDS, ANY_JSON | st.dictionaries(FIELDS, ANY_JSON))


@given(st.binary(max_size=200) | (ANY_JSON | CALLERS_JSON).map(lambda value: json.dumps(value).encode()))
def test_no_body_breaks_a_reader(body: bytes) -> None:
    for reader, taken in READERS.items():
        for each in (body, BOM + body, taken[: len(body)] + body):
            with suppress(ApiError):
                reader(each)
