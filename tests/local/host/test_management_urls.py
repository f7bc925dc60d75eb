"""The URLs of the management API, as the SDK's client reads them."""

import azure.durable_functions as df

from local.host.management_urls import ManagementUrls

URLS = ManagementUrls("http://127.0.0.1:7071", "Hub", "key", "http://127.0.0.1:17071")


def test_the_sdks_client_makes_the_urls_of_an_instance_from_the_binding() -> None:
    client = df.DurableOrchestrationClient(URLS.client_binding())
    assert client.create_http_management_payload("one") == URLS.of_instance("one", "http://127.0.0.1:7071")


def test_every_url_has_the_host_the_hub_and_the_key() -> None:
    urls = URLS.of_instance("one", "https://proxy.example")
    assert urls.pop("id") == "one"
    for url in urls.values():
        assert url.startswith("https://proxy.example/runtime/webhooks/durabletask/instances/one")
        assert url.endswith("taskHub=Hub&connection=Storage&code=key")
