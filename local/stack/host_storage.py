"""The storage of a Functions host itself (`AzureWebJobsStorage`): an Azurite of its own, over plain HTTP."""

from pathlib import Path

from local.stack.azurite_server import AzuriteServer
from local.stack.child_processes import Family

ACCOUNT = "host"


class HostStorage(AzuriteServer):
    """An Azurite for the task hub, leases and whatever else the host keeps.

    It is apart from the app's, which the tests search, stop and replace. Over HTTP the host needs to trust no
    certificate for it.
    """

    def __init__(self, folder: Path, family: Family) -> None:
        super().__init__("host_storage", folder, family, (ACCOUNT,))

    @property
    def connection_string(self) -> str:
        """The value of `AzureWebJobsStorage`; it contains the account's key."""
        endpoints = (
            f"{service.title()}Endpoint={self.endpoint(service, ACCOUNT)}" for service in ("blob", "queue", "table")
        )
        account = f"AccountName={ACCOUNT};AccountKey={self.key(ACCOUNT)}"
        return ";".join(["DefaultEndpointsProtocol=http", account, *endpoints])
