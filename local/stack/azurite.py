"""The storage of the app: an Azurite over HTTPS, with token authentication and two accounts."""

from pathlib import Path

from local.stack.azurite_server import AzuriteServer
from local.stack.child_processes import Family
from local.stack.self_signed_certificate import certificate_in

EXPORTS, RECORDS = "exports", "records"


class Azurite(AzuriteServer):
    """An Azurite whose data, keys, certificate and ports are kept in a state folder."""

    def __init__(self, state: Path, family: Family) -> None:
        folder = state.resolve() / "azurite"
        certificate = certificate_in(folder / "tls")
        self.ca_bundle = certificate.path
        """The PEM file that clients must trust."""
        super().__init__("azurite", folder, family, (EXPORTS, RECORDS), certificate)

    @property
    def account(self) -> str:
        """The name of the account for exports."""
        return EXPORTS

    @property
    def account_key(self) -> str:
        """The key of the account for exports."""
        return self.key(EXPORTS)

    @property
    def blob_endpoint(self) -> str:
        """The blob endpoint of the account for exports."""
        return self.endpoint("blob", EXPORTS)

    @property
    def records_account(self) -> str:
        """The name of the account for records."""
        return RECORDS

    @property
    def records_key(self) -> str:
        """The key of the account for records."""
        return self.key(RECORDS)

    @property
    def table_endpoint(self) -> str:
        """The table endpoint of the account for records."""
        return self.endpoint("table", RECORDS)
