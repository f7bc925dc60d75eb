"""The URLs of the management API, as durable clients and callers get them.

All that the platform gives are there, so some lead to what this host refuses.
"""

import json
from dataclasses import dataclass
from urllib.parse import quote

RPC = "/durabletask/"
"""Where the SDK's client finds the API, at the address that is its own."""

_ID = "INSTANCEID"  # the SDK puts an instance id in its place


@dataclass(frozen=True)
class ManagementUrls:
    """Where the API is.

    Attributes:
        origin: the host's, such as http://127.0.0.1:7071.
        hub_name: the task hub.
        key: the system key that the public URLs carry.
        rpc_origin: where the SDK's client calls the API without a key.
    """

    origin: str
    hub_name: str
    key: str
    rpc_origin: str

    def client_binding(self) -> str:
        """The JSON text that the SDK builds a durable client from."""
        start = f"{self._base}/orchestrators/{{functionName}}[/{{instanceId}}]"
        return json.dumps(
            {
                "taskHubName": self.hub_name,
                "creationUrls": {
                    "createNewInstancePostUri": f"{start}?code={self.key}",
                    "createAndWaitOnNewInstancePostUri": (
                        f"{start}?timeout={{timeoutInSeconds}}&pollingInterval={{intervalInSeconds}}&code={self.key}"
                    ),
                },
                "managementUrls": self.of_instance(_ID, self.origin),
                "baseUrl": self._base,
                "requiredQueryStringParameters": f"code={self.key}",
                "rpcBaseUrl": f"{self.rpc_origin}{RPC}",
            }
        )

    def of_instance(self, instance_id: str, origin: str) -> dict[str, str]:
        """The URLs that manage one instance."""
        base = f"{origin}/runtime/webhooks/durabletask/instances/{quote(instance_id, safe='')}"
        access = f"taskHub={self.hub_name}&connection=Storage&code={self.key}"
        return {
            "id": instance_id,
            "statusQueryGetUri": f"{base}?{access}",
            "sendEventPostUri": f"{base}/raiseEvent/{{eventName}}?{access}",
            "terminatePostUri": f"{base}/terminate?reason={{text}}&{access}",
            "rewindPostUri": f"{base}/rewind?reason={{text}}&{access}",
            "purgeHistoryDeleteUri": f"{base}?{access}",
            "restartPostUri": f"{base}/restart?{access}",
            "suspendPostUri": f"{base}/suspend?reason={{text}}&{access}",
            "resumePostUri": f"{base}/resume?reason={{text}}&{access}",
        }

    @property
    def _base(self) -> str:
        return f"{self.origin}/runtime/webhooks/durabletask"
