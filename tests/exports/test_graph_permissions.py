"""The permissions that exports need."""

import pytest

from shared.exports.graph_permissions import explain_how_to_grant, required_permissions
from shared.exports.states_and_codes import SubjectType


def test_every_export_takes_permission_to_export_and_to_read_the_operation() -> None:
    assert required_permissions(SubjectType.USER) == ("User.Export.All", "User.Read.All")
    assert set(required_permissions(SubjectType.USER)) < set(
        required_permissions(SubjectType.INBOUND_SHARED_USER_PROFILE)
    )


@pytest.mark.parametrize(
    ("permissions", "names"), [(["A"], " A,"), (["A", "B"], " A and B,"), (["A", "B", "C"], " A, B and C,")]
)
def test_the_missing_permissions_are_named_in_a_sentence(permissions: list[str], names: str) -> None:
    assert f"application permissions{names} with admin consent" in explain_how_to_grant(permissions)
