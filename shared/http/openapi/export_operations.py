"""The calls about one export: create, list, get, follow, cancel, retry and hand over."""

from __future__ import annotations

from shared.http import export_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.openapi_components import (
    CALLER_ERRORS,
    CHANGE_ERRORS,
    JSON_BODY_ERRORS,
    KEY_PARAMETERS,
    LOOKUP_ERRORS,
    RECORD_ERRORS,
    SUBMIT_OR_READ_ROLES,
    SUBMIT_ROLES,
    WHO_MAY_CHANGE,
    WHO_MAY_SEE,
    Operation,
    RequestContent,
    Response,
    accepted_response,
    command_response,
    export_response,
)
from shared.http.query_parameters import EXPORT_LIST_PARAMETERS, ROWS_PAGE_SIZE
from shared.http.request_bodies import DeadlineBody, ExportBody, HandoverBody
from shared.http.request_context import JSON

EXPORT_OPERATIONS = (
    Operation(
        id="start_export",
        method="post",
        path="/exports",
        tag="Exports",
        summary="Start export",
        description=(
            "Starts the export of one person's data. `Location` responds with 202 until the export has ended, which is "
            "the asynchronous pattern of Logic Apps. Send an `Idempotency-Key`, so that nothing is exported twice by "
            "accident."
        ),
        roles=SUBMIT_ROLES,
        parameters=KEY_PARAMETERS,
        body={JSON: RequestContent(schema=ExportBody, examples=("ExportRequest", "ShortestRequest"))},
        responses=(accepted_response("The new export, or the one that the same key started.", "Accepted"),),
        errors=(
            *JSON_BODY_ERRORS,
            ApiErrorCode.NOT_IN_THIS_CLOUD,
            ApiErrorCode.CALLBACK_NOT_ALLOWED,
            *CALLER_ERRORS,
            ApiErrorCode.EXPORT_IN_PROGRESS,
            ApiErrorCode.IDEMPOTENCY_KEY_REUSED,
            *RECORD_ERRORS,
        ),
    ),
    Operation(
        id="list_exports",
        method="get",
        path="/exports",
        tag="Exports",
        summary="List exports",
        description=(
            "Lists exports by status, person, reference, requester or deadline, the newest first. With `dueBefore`, "
            "`paused=true`, `awaitsHandover=true` or `unanswered=true`, and neither `subjectId` nor `reference`, the "
            "earliest deadline comes first, and paused clocks come last. Follow `nextLink` unchanged until there is "
            "none: a page can have fewer exports than `top`. Without `Exports.Read`, a caller lists its own."
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=EXPORT_LIST_PARAMETERS,
        responses=(
            Response(status=200, description="A page.", type=export_schema.ExportPage, examples=("ExportPage",)),
        ),
        errors=(
            ApiErrorCode.UNKNOWN_FIELD,
            ApiErrorCode.INVALID_VALUE,
            *CALLER_ERRORS,
            ApiErrorCode.STORAGE_UNAVAILABLE,
        ),
    ),
    Operation(
        id="get_export",
        method="get",
        path="/exports/{id}",
        tag="Exports",
        summary="Get export",
        description=f"Gets the export, whatever its status. {WHO_MAY_SEE}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        responses=(
            Response(
                status=200,
                description="The export.",
                type=export_schema.Export,
                examples=("Running", "Succeeded", "Failed"),
                headers=("Retry-After",),
            ),
        ),
        errors=LOOKUP_ERRORS,
    ),
    Operation(
        id="get_export_result",
        method="get",
        path="/exports/{id}/result",
        tag="Exports",
        summary="Get result",
        description=(
            "Responds with 202 until the export has ended, then with its outcome. A failed export is never a 5xx. "
            f"{WHO_MAY_SEE}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        responses=(
            Response(status=200, description="It succeeded.", type=export_schema.Export, examples=("Succeeded",)),
            accepted_response("It has not ended. Ask again after `Retry-After`.", "Running"),
            Response(status=410, description="It was canceled.", type=export_schema.Export, examples=("Canceled",)),
            Response(status=424, description="It failed.", type=export_schema.Export, examples=("Failed",)),
        ),
        errors=LOOKUP_ERRORS,
    ),
    Operation(
        id="get_export_events",
        method="get",
        path="/exports/{id}/events",
        tag="Exports",
        summary="Get events",
        description=(
            f"Gets the export's audit trail: who did what, and when, {ROWS_PAGE_SIZE:,} events at a time, the oldest "
            f"first. {WHO_MAY_SEE}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId", "continuationToken"),
        responses=(Response(status=200, description="A page.", type=export_schema.Trail, examples=("Trail",)),),
        errors=(ApiErrorCode.INVALID_VALUE, *LOOKUP_ERRORS),
    ),
    Operation(
        id="cancel_export",
        method="post",
        path="/exports/{id}/cancel",
        tag="Exports",
        summary="Cancel export",
        description=(
            "Revokes Microsoft's write access and ends the export as Canceled. Microsoft Graph itself has no cancel. "
            f"{WHO_MAY_CHANGE}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        responses=(
            export_response(
                "The export has ended and Microsoft can't write; one that had ended is not changed.", "Canceled"
            ),
            command_response("Canceling"),
        ),
        errors=CHANGE_ERRORS,
    ),
    Operation(
        id="retry_export",
        method="post",
        path="/exports/{id}/retry",
        tag="Exports",
        summary="Retry export",
        description=(
            "Opens an export that Failed or was Canceled for another attempt, which you follow with "
            f"`GET /exports/{{id}}/result`. {WHO_MAY_CHANGE}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        responses=(export_response("The export is open; one that was open is not changed.", "Running"),),
        errors=(
            *CHANGE_ERRORS,
            ApiErrorCode.EXPORT_NOT_RETRIABLE,
            ApiErrorCode.ERASURE_BEGUN,
            ApiErrorCode.ALREADY_HANDED_OVER,
            ApiErrorCode.TOO_MANY_RETRIES,
            ApiErrorCode.EXPORT_IN_PROGRESS,
        ),
    ),
    Operation(
        id="change_export_deadline",
        method="post",
        path="/exports/{id}/deadline",
        tag="Exports",
        summary="Change deadline",
        description=(
            "Extends the deadline, pauses the clock, or resumes it: a pause moves the deadline by as long as it took. "
            "While the clock is paused nothing is due. The audit trail has the reason and the caller. "
            f"{WHO_MAY_CHANGE}"
        ),
        roles=SUBMIT_ROLES,
        parameters=("exportId",),
        body={JSON: RequestContent(schema=DeadlineBody, examples=("ExtendDeadline", "PauseClock", "ResumeClock"))},
        responses=(export_response("The export; what is so already is not changed.", "Paused"),),
        errors=(
            *JSON_BODY_ERRORS,
            *CHANGE_ERRORS,
            ApiErrorCode.DEADLINE_NOT_LATER,
            ApiErrorCode.CLOCK_PAUSED,
            ApiErrorCode.CLOCK_STOPPED,
            ApiErrorCode.DEADLINE_PASSED,
        ),
    ),
    Operation(
        id="hand_over_export",
        method="post",
        path="/exports/{id}/handover",
        tag="Exports",
        summary="Hand over",
        description=(
            "Records that the person has been answered, which is what meets the deadline. It sends nothing to the "
            "person. The export has ended, however it ended, and can't be retried any more. Subscriptions with the "
            f"event `handedOver` are told. {WHO_MAY_CHANGE}"
        ),
        roles=SUBMIT_ROLES,
        parameters=("exportId",),
        body={JSON: RequestContent(schema=HandoverBody, examples=("HandoverRequest", "HandoverNow"))},
        responses=(
            export_response(
                "The export. If the same is recorded already, or the body says nothing, it is not changed.",
                "HandedOver",
            ),
        ),
        errors=(
            *JSON_BODY_ERRORS,
            *CHANGE_ERRORS,
            ApiErrorCode.EXPORT_NOT_ENDED,
            ApiErrorCode.ALREADY_HANDED_OVER,
        ),
    ),
    Operation(
        id="get_export_command",
        method="get",
        path="/exports/{id}/commands/{command}",
        tag="Exports",
        summary="Get command",
        description=(
            "Responds with 202 while work of a `cancel` or an `erase` is left, then with 200 and the export, whatever "
            f"it ended as. {WHO_MAY_SEE}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId", "command"),
        responses=(export_response("Nothing is left to do.", "Canceled"), command_response("Canceling")),
        errors=(*LOOKUP_ERRORS, ApiErrorCode.COMMAND_NOT_FOUND),
    ),
)
