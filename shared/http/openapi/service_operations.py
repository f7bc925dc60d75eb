"""The calls about the service itself: who calls it, preflight, health and the OpenAPI document."""

from __future__ import annotations

from shared.http import service_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.openapi_components import CALLER_ERRORS, OPERATE_ROLES, Operation, Response

SERVICE_OPERATIONS = (
    Operation(
        id="get_me",
        method="get",
        path="/me",
        tag="Service",
        summary="Get caller",
        description=(
            "Tells who calls, and with which app roles, so that an application can offer what its user may do. Every "
            "caller may call it, also one without a role. `Exports.Admin` opens what the other roles open, but for "
            "`Exports.Download`."
        ),
        roles=(),
        responses=(Response(status=200, description="The caller.", type=service_schema.Me, examples=("Me",)),),
        errors=(ApiErrorCode.UNAUTHORIZED,),
    ),
    Operation(
        id="preflight",
        method="post",
        path="/preflight",
        tag="Service",
        summary="Run preflight",
        description=(
            "Finds out, without exporting anybody, what would otherwise fail days later. It checks the identity, its "
            "Graph roles, the records, a real grant on a scratch container, and the settings of the export account. It "
            "takes up to a minute."
        ),
        roles=OPERATE_ROLES,
        responses=(
            Response(
                status=200,
                description="The report, whatever it says.",
                type=service_schema.Report,
                examples=("Report",),
            ),
        ),
        errors=CALLER_ERRORS,
    ),
    Operation(
        id="health",
        method="get",
        path="/health",
        tag="Service",
        summary="Get health",
        description="Tells whether the app can reach its records. Anybody may call it, so it says no more.",
        roles=None,
        responses=(Response(status=200, description="It can.", type=service_schema.Health, examples=("Healthy",)),),
        errors=(ApiErrorCode.STORAGE_UNAVAILABLE,),
    ),
    Operation(
        id="openapi",
        method="get",
        path="/openapi.json",
        tag="Service",
        summary="Get OpenAPI document",
        description="Gets this document. It holds no secret, so anybody may call it.",
        roles=None,
        responses=(Response(status=200, description="The document.", type=dict[str, object]),),
        errors=(),
    ),
)
