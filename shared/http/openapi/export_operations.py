"""The calls about one export, from the request to the erased data."""

from __future__ import annotations

from shared.http import response_schema
from shared.http.file_handlers import LINK_LIFETIME
from shared.http.openapi.openapi_components import (
    BODY_ERRORS,
    BODY_FORM_ERRORS,
    CALLER_ERRORS,
    CHANGE_ERRORS,
    DOWNLOAD_ROLES,
    JSON,
    KEY_PARAMETERS,
    LOOKUP_ERRORS,
    READ_ROLES,
    SUBMIT_OR_READ_ROLES,
    SUBMIT_ROLES,
    Answer,
    Content,
    Operation,
    accepted_answer,
)
from shared.http.query_parameters import FILES_PAGE_SIZE
from shared.http.request_bodies import ExportBody, LinksBody

_WHOSE = "An export is seen by who asked for it, and by callers with `Exports.Read`."
_WHO_CHANGES = "For the one who asked for the export, or with `Exports.Admin`. It can be repeated, and says what is so."
EXPORT_OPERATIONS = (
    Operation(
        id="start_export",
        method="post",
        path="/exports",
        tag="Exports",
        summary="Start export",
        description=(
            "Asks for the export of one person's data. `Location` answers 202 until it has ended, which is the "
            "asynchronous pattern of Logic Apps. Send an `Idempotency-Key`, and nothing is ever exported twice by "
            "accident."
        ),
        roles=SUBMIT_ROLES,
        parameters=KEY_PARAMETERS,
        body={JSON: Content(schema=ExportBody, examples=("ExportRequest", "ShortestRequest"))},
        answers=(accepted_answer("The export, recorded; or the one that the same key asked for.", "Accepted"),),
        faults=(
            *BODY_ERRORS,
            "NotInThisCloud",
            "CallbackNotAllowed",
            *CALLER_ERRORS,
            "ExportInProgress",
            *BODY_FORM_ERRORS,
            "IdempotencyKeyReused",
            "StorageUnavailable",
        ),
    ),
    Operation(
        id="list_exports",
        method="get",
        path="/exports",
        tag="Exports",
        summary="List exports",
        description=(
            "Exports by status, person, reference or due time, newest first; with `dueBefore`, and neither person nor "
            "reference, soonest due first. Follow `nextLink` as it is until there is none: a page can have fewer "
            "exports than `top`."
        ),
        roles=READ_ROLES,
        parameters=("status", "subjectId", "reference", "dueBefore", "top", "continuationToken"),
        answers=(Answer(status=200, meaning="A page.", type=response_schema.ExportPage, examples=("ExportPage",)),),
        faults=("UnknownField", "InvalidValue", *CALLER_ERRORS, "StorageUnavailable"),
    ),
    Operation(
        id="get_export",
        method="get",
        path="/exports/{id}",
        tag="Exports",
        summary="Get export",
        description=f"The export, whatever its status. {_WHOSE}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        answers=(
            Answer(
                status=200,
                meaning="The export.",
                type=response_schema.Export,
                examples=("Running", "Succeeded", "Failed"),
                headers=("Retry-After",),
            ),
        ),
        faults=LOOKUP_ERRORS,
    ),
    Operation(
        id="get_export_result",
        method="get",
        path="/exports/{id}/result",
        tag="Exports",
        summary="Get result",
        description=f"202 until the export has ended, then what it ended as. Never a 5xx for one that failed. {_WHOSE}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        answers=(
            Answer(status=200, meaning="It succeeded.", type=response_schema.Export, examples=("Succeeded",)),
            accepted_answer("It has not ended. Ask again after `Retry-After`.", "Running"),
            Answer(status=410, meaning="It was canceled.", type=response_schema.Export, examples=("Canceled",)),
            Answer(status=424, meaning="It failed.", type=response_schema.Export, examples=("Failed",)),
        ),
        faults=LOOKUP_ERRORS,
    ),
    Operation(
        id="get_export_events",
        method="get",
        path="/exports/{id}/events",
        tag="Exports",
        summary="Get events",
        description=f"The trail of the export: who, when, what. {_WHOSE}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        answers=(Answer(status=200, meaning="The trail.", type=response_schema.Trail, examples=("Trail",)),),
        faults=LOOKUP_ERRORS,
    ),
    Operation(
        id="get_export_files",
        method="get",
        path="/exports/{id}/files",
        tag="Files",
        summary="Get files",
        description=(
            f"The manifest: the files that arrived, {FILES_PAGE_SIZE:,} at a time; none once they are erased. {_WHOSE}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId", "continuationToken"),
        answers=(Answer(status=200, meaning="A page.", type=response_schema.FilePage, examples=("FilePage",)),),
        faults=("InvalidValue", *LOOKUP_ERRORS),
    ),
    Operation(
        id="create_export_links",
        method="post",
        path="/exports/{id}/links",
        tag="Files",
        summary="Get links",
        description=(
            f"Links that read one file each, over HTTPS, for {LINK_LIFETIME.seconds // 60} minutes. Each is told in "
            f"the trail with who asked. {_WHOSE}"
        ),
        roles=DOWNLOAD_ROLES,
        parameters=("exportId",),
        body={JSON: Content(schema=LinksBody, examples=("LinksRequest",))},
        answers=(Answer(status=200, meaning="The links.", type=response_schema.FileLinks, examples=("Links",)),),
        faults=(
            *BODY_ERRORS,
            "FileNotFound",
            *CHANGE_ERRORS,
            "DataErased",
            "ExportNotSucceeded",
            *BODY_FORM_ERRORS,
            "StorageRefused",
        ),
    ),
    Operation(
        id="cancel_export",
        method="post",
        path="/exports/{id}/cancel",
        tag="Exports",
        summary="Cancel export",
        description=(
            "Takes Microsoft's write access away and ends the export as Canceled; Microsoft Graph itself has no "
            f"cancel. {_WHO_CHANGES}"
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        answers=(accepted_answer("The export; one that has ended is left as it is.", "Canceled"),),
        faults=CHANGE_ERRORS,
    ),
    Operation(
        id="retry_export",
        method="post",
        path="/exports/{id}/retry",
        tag="Exports",
        summary="Retry export",
        description=f"Makes a new attempt of an export that Failed or was Canceled. {_WHO_CHANGES}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        answers=(accepted_answer("The export; one that is open is left as it is.", "Running"),),
        faults=(*CHANGE_ERRORS, "ExportNotRetriable", "ExportInProgress"),
    ),
    Operation(
        id="erase_export_data",
        method="delete",
        path="/exports/{id}/data",
        tag="Files",
        summary="Erase data",
        description=f"Erases the exported data; the export and its trail stay. {_WHO_CHANGES}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        answers=(accepted_answer("The export; its data is being erased.", "Succeeded"),),
        faults=(*CHANGE_ERRORS, "ExportNotEnded"),
    ),
)
