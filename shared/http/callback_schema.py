"""The types of subscriptions, and of what callbacks tell. Class names are schema names in OpenAPI."""

from typing import Annotated, Literal, NotRequired

from shared.exports.states_and_codes import DeliveryEvent, Status
from shared.http.export_schema import TrailState
from shared.http.request_bodies import EndStatus
from shared.http.schema_types import Id, ResponseBody, Time, growing


class Subscription(ResponseBody):
    """A subscription to what becomes of exports. Its URL is a secret, so no response has it."""

    id: Id
    """Its id, to delete it by."""
    events: list[Annotated[str, growing(DeliveryEvent)]]
    """What it is told of."""
    status: list[Status] | None
    """Only exports that ended with one of these statuses; null means all."""
    reference: str | None
    """Only exports with this reference; null means all."""
    createdBy: str
    """The object id of the caller that subscribed, or `functionKey`."""
    createdDateTime: Time
    """When it was made."""
    expiresDateTime: Time | None
    """When it ends unless it is renewed; null for one of version 1.0.0 until the next daily sweep."""
    signingSecret: NotRequired[str | None]
    """What signs its callbacks: in the response to `POST /subscriptions` alone. Null if it was there already."""


class SubscriptionList(ResponseBody):
    """Subscriptions, the oldest first."""

    value: list[Subscription]
    """All of them: there are 100 at most."""


class Ending(ResponseBody):
    """How an export ended. It says nothing about the person."""

    exportId: Id
    """The id of the export."""
    status: EndStatus
    """The status that it ended with."""
    reference: NotRequired[str]
    """The caller's own reference; absent if there is none."""
    trail: NotRequired[TrailState]
    """How far its audit trail had come then; absent if the trail has no hashes."""


class ExportEnded(ResponseBody):
    """The body of a callback about an end: a CloudEvents 1.0 event."""

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: str
    """The same for every try of a delivery, so that repetitions can be ignored."""
    source: str
    """The URL of this deployment's exports."""
    type: Literal["com.personaldataexport.export.ended.v1"]
    """What happened: an export ended."""
    subject: Id
    """The id of the export."""
    time: Time
    """When it ended."""
    datacontenttype: Literal["application/json"]
    """The media type of `data`."""
    data: Ending
    """How the export ended."""


class Handover(ResponseBody):
    """When the person was answered. It says nothing about the person."""

    exportId: Id
    """The id of the export."""
    status: EndStatus
    """The status that it ended with."""
    reference: NotRequired[str]
    """The caller's own reference; absent if there is none."""
    handedOverDateTime: Time
    """When the person got the answer."""
    trail: NotRequired[TrailState]
    """How far its audit trail had come when this was recorded; absent if the trail has no hashes."""


class ExportHandedOver(ResponseBody):
    """The body of a callback about a hand-over: a CloudEvents 1.0 event."""

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: str
    """The same for every try of a delivery, so that repetitions can be ignored."""
    source: str
    """The URL of this deployment's exports."""
    type: Literal["com.personaldataexport.export.handedover.v1"]
    """What happened: the person was answered."""
    subject: Id
    """The id of the export."""
    time: Time
    """When this service recorded it; `data` has the time of the hand-over itself."""
    datacontenttype: Literal["application/json"]
    """The media type of `data`."""
    data: Handover
    """When the person was answered."""
