"""The calls that place holds on exported data and lift them."""

from __future__ import annotations

from shared.http import batch_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.openapi_components import (
    CALLER_ERRORS,
    CHANGE_ERRORS,
    JSON_BODY_ERRORS,
    SUBMIT_ROLES,
    WHO_MAY_CHANGE,
    Operation,
    RequestContent,
    Response,
    export_response,
)
from shared.http.request_bodies import HoldBody
from shared.http.request_context import JSON
from shared.use_cases.hold_exports import EXPORTS_PER_PAGE

_EACH = (
    f"It concerns the exports that have the reference now, {EXPORTS_PER_PAGE} in a call, each on its own. Where there "
    "are more, send the same call to `nextLink`. Without `Exports.Admin` it concerns one's own exports. It can be "
    "repeated."
)
_PAGE_PARAMETERS = ("heldReference", "continuationToken")
_HOLD_CONTENT = {JSON: RequestContent(schema=HoldBody, examples=("HoldRequest",))}

HOLD_OPERATIONS = (
    Operation(
        id="place_export_hold",
        method="put",
        path="/exports/{id}/hold",
        tag="Holds",
        summary="Place hold",
        description=(
            "Keeps the exported data from being erased, by a caller or at the end of its retention, until the hold is "
            f"lifted. An export that is open can be held too. {WHO_MAY_CHANGE}"
        ),
        roles=SUBMIT_ROLES,
        parameters=("exportId",),
        body=_HOLD_CONTENT,
        responses=(export_response("The export; one that is held for the same reason is not changed.", "Held"),),
        errors=(*JSON_BODY_ERRORS, *CHANGE_ERRORS, ApiErrorCode.DATA_ERASED, ApiErrorCode.ERASURE_BEGUN),
    ),
    Operation(
        id="lift_export_hold",
        method="delete",
        path="/exports/{id}/hold",
        tag="Holds",
        summary="Lift hold",
        description=(
            "Lets the exported data be erased again: at the end of its retention, within minutes if that has passed. "
            f"{WHO_MAY_CHANGE}"
        ),
        roles=SUBMIT_ROLES,
        parameters=("exportId",),
        responses=(export_response("The export; one without a hold is not changed.", "Succeeded"),),
        errors=CHANGE_ERRORS,
    ),
    Operation(
        id="place_holds",
        method="put",
        path="/holds",
        tag="Holds",
        summary="Place holds by reference",
        description=f"Places a hold on each export that has a reference. {_EACH}",
        roles=SUBMIT_ROLES,
        parameters=_PAGE_PARAMETERS,
        body=_HOLD_CONTENT,
        responses=(
            Response(
                status=200,
                description="What became of each export.",
                type=batch_schema.HoldPage,
                examples=("Holds",),
            ),
        ),
        errors=(*JSON_BODY_ERRORS, *CALLER_ERRORS, ApiErrorCode.STORAGE_UNAVAILABLE),
    ),
    Operation(
        id="lift_holds",
        method="delete",
        path="/holds",
        tag="Holds",
        summary="Lift holds by reference",
        description=f"Lifts the hold of each export that has a reference. {_EACH}",
        roles=SUBMIT_ROLES,
        parameters=_PAGE_PARAMETERS,
        responses=(
            Response(
                status=200,
                description="What became of each export.",
                type=batch_schema.HoldPage,
                examples=("LiftedHolds",),
            ),
        ),
        errors=(ApiErrorCode.MISSING_FIELD, *CALLER_ERRORS, ApiErrorCode.STORAGE_UNAVAILABLE),
    ),
)
