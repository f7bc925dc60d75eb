"""Which paths lead to which calls."""

import pytest

from local.graph.graph_errors import GraphError
from local.graph.graph_routes import ReadOperation, ReadUser, SubjectType, Submit, checked_guid, parse_call


@pytest.mark.parametrize(
    ("method", "version", "path", "call"),
    [
        ("POST", "v1.0", "users/a/exportPersonalData", Submit(SubjectType.USER, "a")),
        ("POST", "beta", "users/a/exportPersonalData", Submit(SubjectType.USER, "a")),
        (
            "POST",
            "beta",
            "directory/inboundSharedUserProfiles/A/exportPersonalData",
            Submit(SubjectType.INBOUND_PROFILE, "A"),
        ),
        ("GET", "v1.0", "users/Adele@contoso.example", ReadUser("Adele@contoso.example")),
        ("GET", "beta", "USERS/a", ReadUser("a")),
        ("GET", "v1.0", "dataPolicyOperations/a", ReadOperation("a")),
        ("GET", "beta", "datapolicyoperations/a", ReadOperation("a")),
        ("GET", "v1.0", "users('adele@contoso.example')", ReadUser("adele@contoso.example")),
        ("GET", "v1.0", "users('$adele@contoso.example')", ReadUser("$adele@contoso.example")),
        ("GET", "v1.0", "Users('o''neil@contoso.example')", ReadUser("o'neil@contoso.example")),
        ("GET", "v1.0", "dataPolicyOperations('a')", ReadOperation("a")),
        ("POST", "v1.0", "users('a')/exportPersonalData", Submit(SubjectType.USER, "a")),
    ],
)
def test_what_graph_serves(method: str, version: str, path: str, call: object) -> None:
    assert parse_call(method, version, path.split("/")) == call


@pytest.mark.parametrize(
    ("version", "path", "segment"),
    [
        ("v1.0", "directory/inboundSharedUserProfiles/a/exportPersonalData", "inboundSharedUserProfiles"),
        ("beta", "directory/outboundSharedUserProfiles/a", "outboundSharedUserProfiles"),
        ("beta", "directory/inboundSharedUserProfiles/a/removePersonalData", "removePersonalData"),
        ("v1.0", "groups/a", "groups"),
        ("v1.0", "users/a/messages", "messages"),
        ("v1.0", "dataPolicyOperations/a/b", "b"),
        ("v1.0", "users", "users"),
        ("beta", "directory/inboundSharedUserProfiles/a", "a"),
        ("v1.0", "users('o'neil@contoso.example')", "users('o'neil@contoso.example')"),
        ("v1.0", "users('')", "users('')"),
    ],
)
def test_what_graph_does_not_serve_is_named(version: str, path: str, segment: str) -> None:
    with pytest.raises(GraphError) as refused:
        parse_call("GET", version, path.split("/"))

    assert (refused.value.status, refused.value.code) == (400, "BadRequest")
    assert refused.value.message == f"Resource not found for the segment '{segment}'."


def test_a_key_that_begins_with_a_dollar_sign_is_refused_in_a_segment_of_its_own() -> None:
    with pytest.raises(GraphError) as refused:
        parse_call("GET", "v1.0", ["users", "$adele@contoso.example"])

    assert (refused.value.status, refused.value.code) == (400, "BadRequest")
    assert "Since the segment 'users' refers to a collection" in refused.value.message


def test_another_version_is_refused() -> None:
    with pytest.raises(GraphError) as refused:
        parse_call("GET", "v2.0", ["users", "a"])

    assert (refused.value.status, refused.value.message) == (400, "Invalid version: v2.0.")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "users/a/exportPersonalData"), ("DELETE", "users/a"), ("PATCH", "dataPolicyOperations/a")],
)
def test_another_method_is_refused(method: str, path: str) -> None:
    with pytest.raises(GraphError) as refused:
        parse_call(method, "v1.0", path.split("/"))

    assert (refused.value.status, refused.value.code) == (405, "MethodNotAllowed")


def test_a_guid_counts_in_any_case() -> None:
    assert checked_guid("ABCDEF00-1111-2222-3333-444455556666") == "abcdef00-1111-2222-3333-444455556666"


@pytest.mark.parametrize("text", ["", "a", "adele@contoso.example", "abcdef001111222233334444555566 66", "{}"])
def test_an_invalid_guid_is_refused_with_the_services_message(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        checked_guid(text)

    assert (refused.value.status, refused.value.code) == (400, "InvalidInput")
    assert refused.value.message == f"The specified object-id: {text} in the request uri is an invalid Guid."
