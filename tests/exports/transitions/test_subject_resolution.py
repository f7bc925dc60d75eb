"""A user who was requested by principal name is looked up."""

from shared.exports.graph_results import NotDone, Refused
from shared.exports.states_and_codes import Stage, Status
from shared.exports.transitions.subject_resolution import apply_resolve_result, fail_as_duplicate
from tests.exports.samples import (
    HOUR,
    LIMITS,
    MINUTE,
    NAMED,
    NOW,
    USER,
    accepted,
    event_types,
    warning_codes,
)

UNKNOWN = Refused(404, "Request_ResourceNotFound", "Resource 'ana@contoso.example' does not exist.")


def test_a_resolved_user_is_known_by_object_id_and_the_name_is_dropped() -> None:
    export = apply_resolve_result(accepted(NAMED), USER.id or "", NOW, LIMITS)
    assert export.subject == USER
    assert (export.status, export.stage, export.next_step_at) == (Status.RUNNING, Stage.PREPARING, NOW)
    assert event_types(export)[-1] == "SubjectResolved"
    assert "ana@" not in repr(export)


def test_an_unknown_user_fails_with_graphs_code_and_without_the_name() -> None:
    export = apply_resolve_result(accepted(NAMED), UNKNOWN, NOW, LIMITS)
    assert export.status is Status.FAILED
    assert export.error is not None
    assert export.error.code == "Request_ResourceNotFound"
    assert "Check the id" in export.error.message
    assert "ana@" not in repr(export)


def test_a_lookup_without_an_answer_is_tried_again_later() -> None:
    export = apply_resolve_result(accepted(NAMED), NotDone("Graph throttles (429).", 90), NOW, LIMITS)
    assert export.subject == NAMED
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + 1.5 * MINUTE


def test_a_missing_permission_is_forgotten_once_the_user_is_found() -> None:
    waiting = apply_resolve_result(accepted(NAMED), Refused(403, "Forbidden", "No."), NOW, LIMITS)
    assert (waiting.refused_since, waiting.failures, warning_codes(waiting)) == (NOW, 1, ["PermissionPending"])
    found = apply_resolve_result(waiting, USER.id or "", NOW + HOUR, LIMITS)
    assert (found.refused_since, found.failures) == (None, 0)


def test_a_user_who_turns_out_to_have_another_open_export_fails_with_its_id() -> None:
    resolved = apply_resolve_result(accepted(NAMED), USER.id or "", NOW, LIMITS)
    export = fail_as_duplicate(resolved, "other", NOW, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "ExportInProgress")
    assert "other" in export.error.message
