"""What all requests share: the headers of responses, and exceptions as errors."""

import logging
import re

import azure.functions as func
import pytest

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import ConflictError, StorageFailedError, StorageRefusedError
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.request_context import JSON, MAX_BODY_BYTES, RequestContext, dispatch
from shared.settings import read_settings
from tests.test_settings import LEAST
from tests.use_cases.test_refusals import REFUSALS

SETTINGS = read_settings(LEAST | {"AUTH_MODE": "functionKey"})
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def request(body: bytes = b"", /, **headers: str) -> func.HttpRequest:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest(
        "POST", "https://app.example/api/exports", headers=given, route_params={"id": "X"}, body=body
    )


def context(body: bytes = b"", /, **headers: str) -> RequestContext:
    return RequestContext(request(body, **headers), "the request's id", SETTINGS)


async def response_to(error: Exception) -> func.HttpResponse:
    """What a handler that raises this is turned into."""

    async def handler(_: RequestContext) -> func.HttpResponse:
        raise error

    return await dispatch(request(), SETTINGS, handler)


async def test_every_response_has_an_id_and_is_not_cached() -> None:
    async def handler(context: RequestContext) -> func.HttpResponse:
        return context.respond(200, {"id": context.request_id})

    responses = [await dispatch(request(), SETTINGS, handler) for _ in range(2)]
    ids = {response.headers["x-ms-request-id"] for response in responses}
    assert len(ids) == 2
    for response in responses:
        assert response.get_body() == b'{"id": "%s"}' % response.headers["x-ms-request-id"].encode()
        assert response.headers["Cache-Control"] == "no-store"
        assert "x-ms-client-request-id" not in response.headers


def test_a_response_without_content_has_the_same_headers() -> None:
    response = context(x_ms_client_request_id="mine").no_content()
    assert (response.status_code, response.get_body()) == (204, b"")
    assert response.headers["x-ms-request-id"] == "the request's id"
    assert response.headers["x-ms-client-request-id"] == "mine"


@pytest.mark.parametrize("given", ["", "a b", "a\nb", "é", "x" * 129])
def test_an_id_of_the_caller_is_returned_only_if_it_is_safe(given: str) -> None:
    assert context(x_ms_client_request_id=given).client_request_id is None


@pytest.mark.parametrize(
    ("headers", "ids"),
    [
        ({}, {}),
        ({"x_ms_client_request_id": "{a-1}"}, {"clientRequestId": "{a-1}"}),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, {"traceId": TRACE}),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01-x"}, {}),
    ],
)
def test_the_ids_of_a_request(headers: dict[str, str], ids: dict[str, str]) -> None:
    assert context(b"", **headers).correlation_ids() == {"requestId": "the request's id", **ids}


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, None),
        ({"idempotency_key": "k"}, "k"),
        ({"repeatability_request_id": "r"}, "r"),
        ({"idempotency_key": "k", "repeatability_request_id": "k"}, "k"),
        ({"idempotency_key": "!" * 255}, "!" * 255),
    ],
)
def test_the_key_of_a_request(headers: dict[str, str], key: str | None) -> None:
    assert context(b"", **headers).idempotency_key() == key


@pytest.mark.parametrize(
    "headers",
    [
        {"idempotency_key": ""},
        {"idempotency_key": "a b"},
        {"idempotency_key": "x" * 256},
        {"idempotency_key": "é"},
        {"idempotency_key": "k", "repeatability_request_id": " "},
        {"idempotency_key": "k", "repeatability_request_id": ""},
        {"idempotency_key": "k", "repeatability_request_id": "r"},
    ],
)
def test_what_is_no_key_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ApiError) as error:
        context(b"", **headers).idempotency_key()
    assert (error.value.code, error.value.target) == (ApiErrorCode.INVALID_VALUE, "Idempotency-Key")


def test_a_body_is_read_if_it_is_of_its_type_and_size() -> None:
    body = b"x" * MAX_BODY_BYTES
    assert context(body, content_type=" Application/JSON ; charset=utf-8").read_body() == body
    encoded = context(body, content_type="application/json", content_encoding=" Identity ")
    assert encoded.read_body() == body
    for wrong, code, target in [
        (context(content_type="application/json"), ApiErrorCode.MISSING_BODY, "body"),
        (context(body), ApiErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type"),
        (context(body, content_type="text/csv"), ApiErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type"),
        (
            context(body, content_type="application/json", content_encoding="gzip"),
            ApiErrorCode.UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding",
        ),
        (context(body + b"x", content_type="application/json"), ApiErrorCode.BODY_TOO_LARGE, "body"),
    ]:
        with pytest.raises(ApiError) as error:
            wrong.read_body()
        assert (error.value.code, error.value.target) == (code, target)
    assert context(b"a,b", content_type="text/csv").read_body(JSON, "text/csv", max_bytes=3) == b"a,b"


def test_a_body_of_another_type_is_told_what_to_send() -> None:
    workbook = context(b"x", content_type="application/vnd.ms-excel")
    with pytest.raises(ApiError) as error:
        workbook.read_body(JSON, "text/csv", hint="Save it as CSV.")
    assert error.value.message == "Send the body as application/json or text/csv. Save it as CSV."
    with pytest.raises(ApiError) as error:
        workbook.read_body()
    assert error.value.message == "Send the body as application/json."


def test_a_body_that_did_not_arrive_is_told_why() -> None:
    with pytest.raises(ApiError) as error:
        context(transfer_encoding="chunked", content_type="application/json").read_body()
    assert "Content-Length" in error.value.message
    assert "chunks" in error.value.message


def test_the_parameters_are_those_of_the_url_and_not_those_that_the_host_passes_on() -> None:
    url = "https://app.example/api/exports?status=Failed&code=key"
    asked = func.HttpRequest("GET", url, params={"status": "Canceled", "top": "5"}, body=b"")
    assert RequestContext(asked, "r", SETTINGS).query == {"status": "Failed"}


@pytest.mark.parametrize(
    ("query", "code"),
    [("status=", "InvalidValue"), ("status=Failed&status=", "InvalidValue"), ("state=x", "UnknownField")],
)
async def test_a_parameter_that_is_refused_reaches_no_handler(query: str, code: str) -> None:
    reached: list[RequestContext] = []

    async def handler(context: RequestContext) -> func.HttpResponse:
        reached.append(context)
        return context.no_content()

    asked = func.HttpRequest("POST", f"https://app.example/api/exports?{query}", body=b"")
    response = await dispatch(asked, SETTINGS, handler, parameters=("status",))
    assert (response.status_code, response.headers["x-ms-error-code"], reached) == (400, code, [])


def test_urls_are_those_that_the_caller_reaches() -> None:
    assert context().absolute_url("exports/1") == "https://app.example/api/exports/1"
    settings = read_settings(LEAST | {"PUBLIC_BASE_URL": "https://privacy.contoso.com"})
    elsewhere = RequestContext(request(), "r", settings)
    assert elsewhere.absolute_url("exports/1") == "https://privacy.contoso.com/api/exports/1"


async def test_an_error_of_a_handler_is_the_response() -> None:
    response = await response_to(ApiError(ApiErrorCode.EXPORT_NOT_FOUND, "There is none.", "id", headers={"X": "y"}))
    assert response.status_code == 404
    assert (response.headers["x-ms-error-code"], response.headers["X"]) == ("ExportNotFound", "y")
    assert re.fullmatch(rb'\{"error": \{"code": "ExportNotFound", .*\}\}', response.get_body())


@pytest.mark.parametrize(("error", "code"), [(error, code) for error, code, _ in REFUSALS])
async def test_a_refusal_of_a_use_case_is_an_error_of_the_api(error: Exception, code: str) -> None:
    response = await response_to(error)
    assert response.headers["x-ms-error-code"] == code
    assert response.status_code == ApiErrorCode.named(code).status


@pytest.mark.parametrize(
    ("error", "code", "wait"),
    [
        (ConflictError("x"), "Busy", "5"),
        (StorageRefusedError(explain_storage_refusal("AuthorizationFailure", "No.")), "StorageRefused", "60"),
        (StorageFailedError("ServerBusy", "The server is busy."), "StorageUnavailable", "30"),
    ],
)
async def test_what_may_work_later_says_when(error: Exception, code: str, wait: str) -> None:
    response = await response_to(error)
    assert response.status_code == 503
    assert (response.headers["x-ms-error-code"], response.headers["Retry-After"]) == (code, wait)


async def test_an_outage_is_logged_and_its_details_are_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    response = await response_to(StorageFailedError("ServerBusy", "The server is busy."))
    assert b"ServerBusy" not in response.get_body()
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage().endswith("can't be reached (ServerBusy).")


async def test_a_mistake_of_the_code_is_not_hidden_and_logged_without_a_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(LookupError):
        await response_to(LookupError("https://exports.example/c?sig=c2VjcmV0"))
    (record,) = caplog.records
    assert "failed: LookupError: https://exports.example/c\n" in record.getMessage()
    assert "in handler" in record.getMessage()
    assert "c2VjcmV0" not in caplog.text


async def test_a_caller_who_is_not_authenticated_is_told_how_to() -> None:
    async def handler(context: RequestContext) -> func.HttpResponse:
        return context.respond(200, {"caller": context.caller.id})

    response = await dispatch(request(), read_settings(LEAST), handler)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
