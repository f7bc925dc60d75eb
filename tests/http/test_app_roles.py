"""What callers may do with their app roles."""

import pytest

from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.app_roles import AppRole, Caller
from tests.exports.samples import CALLER, accepted


@pytest.mark.parametrize(
    ("roles", "needed", "passes"),
    [
        ({AppRole.SUBMIT}, (AppRole.SUBMIT,), True),
        ({AppRole.SUBMIT}, (AppRole.READ, AppRole.SUBMIT), True),
        ({AppRole.READ}, (AppRole.SUBMIT,), False),
        ({AppRole.ADMIN}, (AppRole.SUBMIT,), True),
        (set(), (AppRole.READ,), False),
    ],
)
def test_a_caller_needs_one_of_the_roles(roles: set[AppRole], needed: tuple[AppRole, ...], *, passes: bool) -> None:
    caller = Caller(CALLER, frozenset(roles))
    assert caller.has(*needed) is passes
    if passes:
        caller.require(*needed)
        return
    with pytest.raises(ApiError) as error:
        caller.require(*needed)
    assert error.value.code is ApiErrorCode.FORBIDDEN
    assert all(role in error.value.message for role in needed)


def test_the_requester_sees_an_export_and_others_need_a_role() -> None:
    export = accepted()
    assert Caller(export.caller, frozenset({AppRole.SUBMIT})).see(export) is export
    assert Caller("other", frozenset({AppRole.READ})).see(export) is export
    for caller, what in [
        (Caller("other", frozenset({AppRole.SUBMIT})), export),
        (Caller("x", frozenset(AppRole)), None),
    ]:
        with pytest.raises(ApiError) as error:
            caller.see(what)
        assert error.value.code is ApiErrorCode.EXPORT_NOT_FOUND
