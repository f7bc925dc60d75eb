"""What a person is told to do about a refusal."""

import pytest

from shared.exports.error_hints import explain_graph_refusal, explain_storage_refusal
from shared.exports.graph_results import Refused
from shared.exports.states_and_codes import SubjectType

USER, INBOUND = SubjectType.USER, SubjectType.INBOUND_SHARED_USER_PROFILE


@pytest.mark.parametrize(
    ("refused", "subject_type", "hint"),
    [
        (Refused(400, "StorageLocationInvalid", "Bad."), USER, "EXPORT_BLOB_ENDPOINT"),
        (Refused(401, "InvalidAuthenticationToken", "Bad."), USER, "User.Export.All and User.Read.All"),
        (Refused(403, "Forbidden", "Bad."), INBOUND, "CrossTenantUserProfileSharing.Read.All"),
        (Refused(404, "ResourceNotFound", "Bad."), USER, "deleted user"),
        (Refused(404, "ResourceNotFound", "Bad."), INBOUND, "home tenant"),
        (Refused(409, "Surprise", "Bad."), USER, "Look up the code"),
    ],
    ids=lambda value: value.code if isinstance(value, Refused) else "",
)
def test_graphs_refusal_keeps_its_code_and_message_and_says_what_to_do(
    refused: Refused, subject_type: SubjectType, hint: str
) -> None:
    problem = explain_graph_refusal(refused, subject_type)
    assert problem.code == refused.code
    assert problem.message.startswith("Bad. ")
    assert hint in problem.message


def test_a_code_says_more_than_the_status() -> None:
    problem = explain_graph_refusal(Refused(403, "StorageLocationNeedsWriteAddPermissions", ""), USER)
    assert problem.message.startswith("Microsoft could not write to the container.")


@pytest.mark.parametrize(
    ("code", "hint"), [("AuthorizationPermissionMismatch", "Storage Blob Data Contributor"), ("Other", "Look up")]
)
def test_a_refusal_of_the_export_account_says_what_to_do(code: str, hint: str) -> None:
    problem = explain_storage_refusal(code, "No.")
    assert problem.code == code
    assert problem.message.startswith("No. ")
    assert hint in problem.message


@pytest.mark.parametrize("message", ["", "  ", "."])
def test_a_refusal_without_words_says_what_to_do_alone(message: str) -> None:
    assert explain_storage_refusal("AuthenticationFailed", message).message.startswith("EXPORT_ACCOUNT_KEY")
