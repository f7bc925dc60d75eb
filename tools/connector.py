"""The Power Automate connector's definition (OpenAPI 2.0), made from the OpenAPI 3.1 document. Pure: no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.http.openapi.openapi_document import operation_id
from tools.swagger import Schemas, prose, title

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIONS = {
    "start_export": "StartExport",
    "start_batch": "StartBatch",
    "get_export": "GetExport",
    "list_exports": "ListExports",
    "get_export_files": "GetFiles",
    "create_export_links": "GetLinks",
    "cancel_export": "CancelExport",
    "retry_export": "RetryExport",
    "change_export_deadline": "ExtendDeadline",
    "create_export_package": "MakePackage",
    "hand_over_export": "HandOver",
    "erase_export_data": "EraseData",
}
SUBSCRIBE, UNSUBSCRIBE = "create_subscription", "delete_subscription"
TRIGGER = "WhenAnExportEnds"
NOT_FOR_FLOWS = {"callbackUrl"}
"""Fields of a request that a flow does not need, because it has the trigger."""
_SUMMARIES = {"ExtendDeadline": "Extend deadline, pause or resume clock"}
"""In place of the name in the document, where that does not have the words that the author of a flow looks for."""
_PARAMETERS = {"id", "status", "subjectId", "reference", "requestedBy", "dueBefore", "top", "Idempotency-Key"}
_ADVANCED = {"receivedDateTime", "allowDuplicate", "requestedBy", "top", "Idempotency-Key"}
_JSON = "application/json"
_HOST = "your-app.azurewebsites.net"
_AUTHORITY = "https://login.microsoftonline.com/your-tenant-id/oauth2"
"""Of one tenant: Entra refuses `common` for an app that is registered for a single one (AADSTS50194)."""
_METADATA = {
    "Website": "https://learn.microsoft.com/graph/api/user-exportpersonaldata",
    "Privacy policy": "https://privacy.microsoft.com/privacystatement",
    "Categories": "IT Operations",
}


def definition(document: Mapping[str, Any]) -> dict[str, Any]:
    """`apiDefinition.swagger.json`, from the whole OpenAPI 3.1 document."""
    calls = _Calls(document)
    paths: dict[str, dict[str, Any]] = {}
    for function, name in ACTIONS.items():
        path, method, call = calls.find(function)
        paths.setdefault(path, {})[method] = calls.action(call, name)
    path, method, call = calls.find(SUBSCRIBE)
    paths[path] = {method: calls.trigger(call), "x-ms-notification-content": calls.notification()}
    path, method, call = calls.find(UNSUBSCRIBE)
    paths[path] = {method: calls.action(call, "DeleteSubscription") | {"x-ms-visibility": "internal"}}
    info = document["info"]
    return {
        "swagger": "2.0",
        "info": {
            "title": info["title"],
            "description": (
                "Exports a person's Microsoft 365 data, and starts flows when an export has ended or was handed over."
            ),
            "version": info["version"],
        },
        "host": _HOST,
        "basePath": "/api",
        "schemes": ["https"],
        "consumes": [_JSON],
        "produces": [_JSON],
        "paths": paths,
        "definitions": {"ErrorResponse": calls.schemas.plain({"$ref": "#/components/schemas/ErrorResponse"})},
        "securityDefinitions": {
            "entra": {
                "type": "oauth2",
                "flow": "accessCode",
                "authorizationUrl": f"{_AUTHORITY}/authorize",
                "tokenUrl": f"{_AUTHORITY}/token",
                "scopes": {},
            }
        },
        "security": [{"entra": []}],
        "x-ms-connector-metadata": [
            {"propertyName": name, "propertyValue": value} for name, value in _METADATA.items()
        ],
    }


class _Calls:
    """Turns calls of the document into operations of the connector."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.schemas = Schemas(document["components"]["schemas"], advanced=_ADVANCED, without=NOT_FOR_FLOWS)

    def find(self, function: str) -> tuple[str, str, dict[str, Any]]:
        """The path, the method and the call that this function answers."""
        for path, calls in self._document["paths"].items():
            for method, call in calls.items():
                if call["operationId"] == operation_id(function):
                    return path, method, call
        raise LookupError(function)

    def action(self, call: Mapping[str, Any], name: str) -> dict[str, Any]:
        """A call that a flow makes."""
        action = {
            "operationId": name,
            "summary": _SUMMARIES.get(name, call["summary"]),
            "description": prose(call["description"]),
            "parameters": self._parameters(call),
            "responses": self._responses(call),
        }
        if name == "StartExport":
            # With the asynchronous pattern, which is the default, a flow gets the response at the end.
            action["responses"]["200"] = {
                **action["responses"]["202"],
                "description": "The export at its end, if the action waits for it.",
            }
        if "nextLink" in str(action["responses"]):
            action["x-ms-pageable"] = {"nextLinkName": "nextLink"}
        return action

    def trigger(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """The subscription that starts a flow."""
        trigger = self.action(call, TRIGGER) | {
            "summary": "When an export ends or is handed over",
            "description": (
                "Starts a flow when an export has succeeded or failed, or was canceled; with the event handedOver, "
                "when its person was answered."
            ),
            "x-ms-trigger": "single",
            "x-ms-trigger-hint": "To see it work now, start an export, then wait for its end or cancel it.",
        }
        body = Schemas(self._document["components"]["schemas"])
        schema = body.plain(call["requestBody"]["content"][_JSON]["schema"])
        schema["properties"]["callbackUrl"] |= {"x-ms-notification-url": True, "x-ms-visibility": "internal"}
        trigger["parameters"] = [_body(schema)]
        return trigger

    def notification(self) -> dict[str, Any]:
        """What the flow gets when it starts: a trigger has one description for all kinds of callbacks."""
        webhooks = [webhook["post"] for webhook in self._document["webhooks"].values()]
        contents = [webhook["requestBody"]["content"][_JSON] for webhook in webhooks]
        schema, *others = [self.schemas.plain(content["schema"]) for content in contents]
        for other in others:
            schema["properties"]["type"]["enum"] += other["properties"]["type"]["enum"]
            data, more = schema["properties"]["data"], other["properties"]["data"]
            data["properties"] = more["properties"] | data["properties"]
            data["required"] = [name for name in data["required"] if name in more["required"]]
        return {"description": "What happened to the export.", "schema": schema}

    def _parameters(self, call: Mapping[str, Any]) -> list[dict[str, Any]]:
        known = self._document["components"]["parameters"]
        given = [known[reference["$ref"].rpartition("/")[2]] for reference in call["parameters"]]
        parameters = [self._parameter(parameter) for parameter in given if parameter["name"] in _PARAMETERS]
        content = call.get("requestBody", {}).get("content", {})
        if _JSON in content:
            parameters.append(_body(self.schemas.plain(content[_JSON]["schema"])))
        return parameters

    def _parameter(self, parameter: Mapping[str, Any]) -> dict[str, Any]:
        name, in_path = parameter["name"], parameter["in"] == "path"
        schema, description = self.schemas.plain(parameter["schema"]), prose(parameter["description"])
        if schema["type"] == "array":
            # A flow keeps working that has one value; the designer offers each, and takes others.
            schema = schema["items"]
            description += " To ask for several, enter a custom value."
        described = {
            "name": name,
            "in": parameter["in"],
            "required": parameter.get("required", False),
            **schema,
            "description": description,
            "x-ms-summary": "Export ID" if in_path else title(name),
            "x-ms-visibility": "advanced" if name in _ADVANCED else "important",
        }
        return described | ({"x-ms-url-encoding": "single"} if in_path else {})

    def _responses(self, call: Mapping[str, Any]) -> dict[str, Any]:
        responses: dict[str, Any] = {
            status: self._response(response) for status, response in call["responses"].items() if status.startswith("2")
        }
        responses["default"] = {"description": "Why it was refused.", "schema": {"$ref": "#/definitions/ErrorResponse"}}
        return responses

    def _response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        described = {"description": prose(response["description"])}
        content = response.get("content", {})
        return described | ({"schema": self.schemas.plain(content[_JSON]["schema"])} if content else {})


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": "body",
        "in": "body",
        "required": True,
        "description": schema["description"],
        "x-ms-summary": "Request",
        "schema": dict(schema),
    }
