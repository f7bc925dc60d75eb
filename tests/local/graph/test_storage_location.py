"""Storage locations, as text."""

import pytest

from local.graph.graph_errors import GraphError
from local.graph.storage_location import check_shape, checked_uri, without_query

SAS = "sv=2026-06-06&sr=c&sp=acw&sig=secret"


@pytest.mark.parametrize(
    "location", ["https://a.blob.core.windows.net/c?sig=x", "http://127.0.0.1:1/a/c", "HTTPS://a/c"]
)
def test_an_absolute_url_is_returned_as_it_is(location: str) -> None:
    assert checked_uri(location) == location


@pytest.mark.parametrize(
    "location", [None, 5, {}, "", "MyStorageAccount", "/container?sig=x", "https:///c", "ftp://a/c", "https://[1/c"]
)
def test_anything_else_is_not_a_storage_location(location: object) -> None:
    with pytest.raises(GraphError) as refused:
        checked_uri(location)

    assert (refused.value.status, refused.value.code) == (400, "StorageLocationInvalid")


@pytest.mark.parametrize(
    "address",
    [
        "https://a.blob.core.windows.net/container",
        "https://a.blob.core.windows.net/container/",
        "https://127.0.0.1:10000/account/container",
        "http://localhost:10000/account/container",
    ],
)
def test_the_address_of_a_container_has_the_right_shape(address: str) -> None:
    check_shape(f"{address}?{SAS}")


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://a.blob.core.windows.net/c", "SharedAccessSignatureTokenInvalid"),
        ("https://a.blob.core.windows.net/c?sp=acw", "SharedAccessSignatureTokenInvalid"),
        ("https://a.blob.core.windows.net/c/b", "SharedAccessSignatureTokenInvalid"),
        (f"https://a.blob.core.windows.net/c?{SAS}&ss=b", "StorageLocationNotServiceSAS"),
        (f"https://a.blob.core.windows.net/c/b?{SAS}&ss=b", "StorageLocationNotServiceSAS"),
        (f"https://a.blob.core.windows.net/c/b?{SAS}", "StorageLocationNotAzureBlob"),
        (f"https://a.blob.core.windows.net/?{SAS}", "StorageLocationNotAzureBlob"),
        (f"https://a.blob.core.windows.net?{SAS}", "StorageLocationNotAzureBlob"),
        (f"https://127.0.0.1:10000/account?{SAS}", "StorageLocationNotAzureBlob"),
        (f"https://127.0.0.1:10000/account/c/b?{SAS}", "StorageLocationNotAzureBlob"),
    ],
)
def test_the_first_thing_wrong_gives_the_code(location: str, code: str) -> None:
    with pytest.raises(GraphError) as refused:
        check_shape(location)

    assert (refused.value.status, refused.value.code) == (400, code)


def test_a_location_is_shown_without_its_sas() -> None:
    assert without_query(f"https://a.blob.core.windows.net/c?{SAS}#x") == "https://a.blob.core.windows.net/c"
