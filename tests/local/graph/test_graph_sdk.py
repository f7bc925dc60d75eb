"""Microsoft's own client, end to end: identity, Graph and storage as the app uses them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from azure.identity.aio import ManagedIdentityCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import ResponseHandlerOption
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.export_personal_data.export_personal_data_post_request_body import (
    ExportPersonalDataPostRequestBody,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from tests.local.graph.conftest import SECRET
from tests.local.graph.graph_test_client import NOBODY, USER, GraphClient, eventually
from tests.local.graph.sas_containers import ExportContainer
from tests.loopback import NO_TLS

# The SDK defines, at its import, classes that it has deprecated itself.
pytestmark = pytest.mark.filterwarnings(r"ignore::DeprecationWarning:(msgraph|kiota_abstractions)\.")


@pytest.fixture
async def sdk(graph: GraphClient, identity_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{identity_url}/MSI/token")
    monkeypatch.setenv("IDENTITY_HEADER", SECRET)
    # Kiota's own transport has no way to close the one it wraps, so that one is closed here.
    async with ManagedIdentityCredential() as credential, httpx.AsyncHTTPTransport(verify=NO_TLS) as transport:
        http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
        provider = AzureIdentityAuthenticationProvider(credential, scopes=["https://graph.microsoft.com/.default"])
        adapter = GraphRequestAdapter(provider, http)
        # The SDK's own addresses end in a slash, which gives two of them in each path.
        adapter.base_url = f"{graph.url}/v1.0/"
        yield GraphServiceClient(request_adapter=adapter)


async def test_an_export_through_the_sdk(sdk: Any, container: ExportContainer) -> None:
    user = await sdk.users.by_user_id(USER.user_principal_name).get()
    body = ExportPersonalDataPostRequestBody(storage_location=container.location())
    configuration: Any = RequestConfiguration(options=[ResponseHandlerOption(NativeResponseHandler())])

    response = await sdk.users.by_user_id(user.id).export_personal_data.post(body, configuration)

    operations = sdk.data_policy_operations.by_data_policy_operation_id("").with_url(response.headers["Location"])

    async def complete() -> Any:
        operation = await operations.get()
        return operation if operation.status.value == "complete" else None

    operation = await eventually(complete)
    assert (operation.user_id, operation.progress, operation.storage_location) == (USER.id, 1.0, container.url)
    assert operation.submitted_date_time < operation.completed_date_time


async def test_a_refusal_through_the_sdk(sdk: Any) -> None:
    body = ExportPersonalDataPostRequestBody(storage_location="MyStorageAccount")

    with pytest.raises(ODataError) as refused:
        await sdk.users.by_user_id(NOBODY).export_personal_data.post(body)

    error: Any = refused.value
    assert (error.response_status_code, error.error.code) == (400, "StorageLocationInvalid")
    assert error.error.inner_error.request_id == error.response_headers["request-id"]
