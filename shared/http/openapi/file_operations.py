"""The calls about the files of an export: list, link to, pack and erase them."""

from __future__ import annotations

from shared.http import file_schema
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
from shared.http.request_bodies import LinksBody, PackageBody
from shared.http.request_context import JSON
from shared.use_cases.create_download_links import LINK_LIFETIME

FILE_STATE_ERRORS = (ApiErrorCode.DATA_ERASED, ApiErrorCode.ERASURE_BEGUN, ApiErrorCode.EXPORT_NOT_SUCCEEDED)
_BUILDING = Response(
    status=202,
    description="It is being made. Ask again after `Retry-After`.",
    type=file_schema.Package,
    examples=("PackageBuilding",),
    headers=("Location", "Retry-After"),
)
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
        responses=(Response(status=200, description="A page.", type=file_schema.FilePage, examples=("FilePage",)),),
        errors=(ApiErrorCode.INVALID_VALUE, *LOOKUP_ERRORS),
    ),
    Operation(
        id="create_export_links",
        method="post",
        path="/exports/{id}/links",
        tag="Files",
        summary="Get links",
        description=(
            f"Creates links that download one file each, over HTTPS, for {LINK_LIFETIME.seconds // 60} minutes; or "
            "links to the zips of a package, for as long as you say, 24 hours at most. Browsers save the file and "
            "don't show it. A download that breaks can be resumed. The audit trail records each link with the caller "
            f"and the number of the file or zip. {WHO_MAY_SEE}"
        ),
        roles=DOWNLOAD_ROLES,
        parameters=("exportId",),
        body={JSON: RequestContent(schema=LinksBody, examples=("LinksRequest", "PackageLinksRequest"))},
        responses=(
            Response(
                status=200,
                description="The links.",
                type=file_schema.FileLinks,
                examples=("Links", "PackageLinks"),
            ),
        ),
        errors=(
            *JSON_BODY_ERRORS,
            ApiErrorCode.FILE_NOT_FOUND,
            *CHANGE_ERRORS,
            ApiErrorCode.PACKAGE_NOT_FOUND,
            *FILE_STATE_ERRORS,
            ApiErrorCode.PACKAGE_NOT_READY,
            ApiErrorCode.STORAGE_REFUSED,
        ),
    ),
    Operation(
        id="create_export_package",
        method="post",
        path="/exports/{id}/package",
        tag="Files",
        summary="Make package",
        description=(
            "Has the data put together as a zip that can be handed over to the person, or as several if it is very "
            "large: with a page in the person's language that explains it, checksums and a receipt. `Location` "
            "responds with 202 until it is made. A package that is made or being made is not made again; one that "
            f"failed is. {WHO_MAY_SEE}"
        ),
        roles=DOWNLOAD_ROLES,
        parameters=("exportId",),
        body={JSON: RequestContent(schema=PackageBody, examples=("PackageRequest",))},
        responses=(
            Response(
                status=200,
                description="It is made already.",
                type=file_schema.Package,
                examples=("PackageReady",),
            ),
            _BUILDING,
        ),
        errors=(*JSON_BODY_ERRORS, *CHANGE_ERRORS, *FILE_STATE_ERRORS),
    ),
    Operation(
        id="get_export_package",
        method="get",
        path="/exports/{id}/package",
        tag="Files",
        summary="Get package",
        description=f"Responds with 202 until the package is made, then with its zips and hashes. {WHO_MAY_SEE}",
        roles=FILE_ROLES,
        parameters=("exportId", "language"),
        responses=(
            Response(status=200, description="It is made.", type=file_schema.Package, examples=("PackageReady",)),
            _BUILDING,
            Response(
                status=424,
                description="It could not be made; `error` says why.",
                type=file_schema.Package,
                examples=("PackageFailed",),
            ),
        ),
        errors=(ApiErrorCode.INVALID_VALUE, *LOOKUP_ERRORS, ApiErrorCode.PACKAGE_NOT_FOUND),
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
