"""The calls about the files of an export: list, link to, and erase them."""

from __future__ import annotations

from shared.http import response_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.openapi_components import (
    CHANGE_ERRORS,
    DOWNLOAD_ROLES,
    FILE_ROLES,
    JSON_BODY_ERRORS,
    LOOKUP_ERRORS,
    SUBMIT_OR_READ_ROLES,
    WHO_MAY_CHANGE,
    WHO_MAY_SEE,
    Operation,
    RequestContent,
    Response,
    command_response,
    export_response,
)
from shared.http.query_parameters import ROWS_PAGE_SIZE
from shared.http.request_bodies import LinksBody
from shared.http.request_context import JSON
from shared.use_cases.create_download_links import LINK_LIFETIME

FILE_OPERATIONS = (
    Operation(
        id="get_export_files",
        method="get",
        path="/exports/{id}/files",
        tag="Files",
        summary="Get files",
        description=(
            f"Lists the manifest: the files that arrived, {ROWS_PAGE_SIZE:,} at a time; none once they are erased. "
            f"{WHO_MAY_SEE}"
        ),
        roles=FILE_ROLES,
        parameters=("exportId", "continuationToken"),
        responses=(Response(status=200, description="A page.", type=response_schema.FilePage, examples=("FilePage",)),),
        errors=(ApiErrorCode.INVALID_VALUE, *LOOKUP_ERRORS),
    ),
    Operation(
        id="create_export_links",
        method="post",
        path="/exports/{id}/links",
        tag="Files",
        summary="Get links",
        description=(
            f"Creates links that download one file each, over HTTPS, for {LINK_LIFETIME.seconds // 60} minutes. "
            "Browsers save the file and don't show it. The audit trail records each link with the caller and the "
            f"number of the file. {WHO_MAY_SEE}"
        ),
        roles=DOWNLOAD_ROLES,
        parameters=("exportId",),
        body={JSON: RequestContent(schema=LinksBody, examples=("LinksRequest",))},
        responses=(
            Response(status=200, description="The links.", type=response_schema.FileLinks, examples=("Links",)),
        ),
        errors=(
            *JSON_BODY_ERRORS,
            ApiErrorCode.FILE_NOT_FOUND,
            *CHANGE_ERRORS,
            ApiErrorCode.DATA_ERASED,
            ApiErrorCode.EXPORT_NOT_SUCCEEDED,
            ApiErrorCode.STORAGE_REFUSED,
        ),
    ),
    Operation(
        id="erase_export_data",
        method="delete",
        path="/exports/{id}/data",
        tag="Files",
        summary="Erase data",
        description=f"Erases the exported data, and keeps the export and its audit trail. {WHO_MAY_CHANGE}",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("exportId",),
        responses=(
            export_response("The export; its data is erased, or there is none.", "Erased"),
            command_response("Succeeded"),
        ),
        errors=(*CHANGE_ERRORS, ApiErrorCode.EXPORT_NOT_ENDED, ApiErrorCode.ON_HOLD),
    ),
)
