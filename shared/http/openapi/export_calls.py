"""The calls about one export, from the request to the erased data."""

from __future__ import annotations

from shared.http import answers
from shared.http.files import LINK_LIFETIME, PAGE
from shared.http.openapi.operation import (
    ASKERS,
    BODY,
    BODY_FORM,
    CALLER,
    CHANGED,
    DOWNLOADERS,
    FOUND,
    JSON,
    KEY_PARAMETERS,
    READERS,
    SUBMITTERS,
    Answer,
    Content,
    Operation,
    accepted,
)
from shared.http.schemas import ExportBody, LinksBody

_WHOSE = "An export is seen by who asked for it, and by callers with `Exports.Read`."
_WHO_CHANGES = "For the one who asked for the export, or with `Exports.Admin`. It can be repeated, and says what is so."

EXPORT_CALLS = (
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
        roles=SUBMITTERS,
        parameters=KEY_PARAMETERS,
        body={JSON: Content(schema=ExportBody, examples=("ExportRequest", "ShortestRequest"))},
        answers=(accepted("The export, recorded; or the one that the same key asked for.", "Accepted"),),
        faults=(
            *BODY,
            "NotInThisCloud",
            "CallbackNotAllowed",
            *CALLER,
            "ExportInProgress",
            *BODY_FORM,
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
        roles=READERS,
        parameters=("status", "subjectId", "reference", "dueBefore", "top", "continuationToken"),
        answers=(Answer(status=200, meaning="A page.", type=answers.ExportPage, examples=("ExportPage",)),),
        faults=("UnknownField", "InvalidValue", *CALLER, "StorageUnavailable"),
    ),
    Operation(
        id="get_export",
        method="get",
        path="/exports/{id}",
        tag="Exports",
        summary="Get export",
        description=f"The export, whatever its status. {_WHOSE}",
        roles=ASKERS,
        parameters=("exportId",),
        answers=(
            Answer(
                status=200,
                meaning="The export.",
                type=answers.Export,
                examples=("Running", "Succeeded", "Failed"),
                headers=("Retry-After",),
            ),
        ),
        faults=FOUND,
    ),
    Operation(
        id="get_export_result",
        method="get",
        path="/exports/{id}/result",
        tag="Exports",
        summary="Get result",
        description=f"202 until the export has ended, then what it ended as. Never a 5xx for one that failed. {_WHOSE}",
        roles=ASKERS,
        parameters=("exportId",),
        answers=(
            Answer(status=200, meaning="It succeeded.", type=answers.Export, examples=("Succeeded",)),
            accepted("It has not ended. Ask again after `Retry-After`.", "Running"),
            Answer(status=410, meaning="It was canceled.", type=answers.Export, examples=("Canceled",)),
            Answer(status=424, meaning="It failed.", type=answers.Export, examples=("Failed",)),
        ),
        faults=FOUND,
    ),
    Operation(
        id="get_export_events",
        method="get",
        path="/exports/{id}/events",
        tag="Exports",
        summary="Get events",
        description=f"The trail of the export: who, when, what. {_WHOSE}",
        roles=ASKERS,
        parameters=("exportId",),
        answers=(Answer(status=200, meaning="The trail.", type=answers.Trail, examples=("Trail",)),),
        faults=FOUND,
    ),
    Operation(
        id="get_export_files",
        method="get",
        path="/exports/{id}/files",
        tag="Files",
        summary="Get files",
        description=f"The manifest: the files that arrived, {PAGE:,} at a time; none once they are erased. {_WHOSE}",
        roles=ASKERS,
        parameters=("exportId", "continuationToken"),
        answers=(Answer(status=200, meaning="A page.", type=answers.FilePage, examples=("FilePage",)),),
        faults=("InvalidValue", *FOUND),
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
        roles=DOWNLOADERS,
        parameters=("exportId",),
        body={JSON: Content(schema=LinksBody, examples=("LinksRequest",))},
        answers=(Answer(status=200, meaning="The links.", type=answers.FileLinks, examples=("Links",)),),
        faults=(*BODY, "FileNotFound", *CHANGED, "DataErased", "ExportNotSucceeded", *BODY_FORM, "StorageRefused"),
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
        roles=ASKERS,
        parameters=("exportId",),
        answers=(accepted("The export; one that has ended is left as it is.", "Canceled"),),
        faults=CHANGED,
    ),
    Operation(
        id="retry_export",
        method="post",
        path="/exports/{id}/retry",
        tag="Exports",
        summary="Retry export",
        description=f"Makes a new attempt of an export that Failed or was Canceled. {_WHO_CHANGES}",
        roles=ASKERS,
        parameters=("exportId",),
        answers=(accepted("The export; one that is open is left as it is.", "Running"),),
        faults=(*CHANGED, "ExportNotRetriable", "ExportInProgress"),
    ),
    Operation(
        id="erase_export_data",
        method="delete",
        path="/exports/{id}/data",
        tag="Files",
        summary="Erase data",
        description=f"Erases the exported data; the export and its trail stay. {_WHO_CHANGES}",
        roles=ASKERS,
        parameters=("exportId",),
        answers=(accepted("The export; its data is being erased.", "Succeeded"),),
        faults=(*CHANGED, "ExportNotEnded"),
    ),
)
