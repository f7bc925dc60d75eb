"""Callbacks and subscriptions: signed, and delivered despite receivers and hosts that fail."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from local.stack.local_stack import Stack
from shared.exports.subscription import MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_OF_CALLER
from shared.workflow.steps.deliver_callbacks import DELIVERIES_PER_STEP
from tests.e2e.caller import Caller, NewStack
from tests.e2e.host_kills import SOON_AGAIN, kill
from tests.e2e.receiver import SIGNING_SECRET, Receiver
from tests.e2e.secret_search import left_by_the_app, rows
from tests.local.waiting import eventually


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Stack]:
    """A stack that may send callbacks to this machine."""
    environment = {
        "PATH": os.environ["PATH"],
        **SOON_AGAIN,
        "CALLBACK_ALLOWED_HOSTS": "127.0.0.1",
        "CALLBACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    with new_stack(tmp_path_factory.mktemp("stack"), environment) as running:
        yield running


@pytest.fixture(scope="module")
def caller(stack: Stack) -> Caller:
    return Caller.of(stack)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.go_down()


@pytest.fixture
def path() -> str:
    """A path on the receiver that only this test uses."""
    return uuid4().hex


def ended(caller: Caller, **more: Any) -> dict[str, Any]:
    """Creates an export and waits until it has ended."""
    return caller.ended(caller.post(caller.quick(caller.new_user()), **more)["id"])


def trail(caller: Caller, export_id: str, prefix: str = "Callback") -> list[dict[str, Any]]:
    events = caller.call("GET", f"exports/{export_id}/events").json()["value"]
    return [event for event in events if event["type"].startswith(prefix)]


def told(caller: Caller, export_id: str) -> list[str]:
    return [event["type"] for event in trail(caller, export_id)]


def with_secret(stack: Stack, secret: str) -> list[str]:
    return [row for row in rows(stack) if secret in row]


def test_the_caller_is_told_once_and_can_verify_it(caller: Caller, receiver: Receiver, path: str) -> None:
    export = ended(caller, callbackUrl=receiver.url(path), reference="DSR-7")
    assert eventually(lambda: told(caller, export["id"]) == ["CallbackDelivered"])
    (message,) = receiver.at(path)
    event = message.verified()
    assert {name: value for name, value in event["data"].items() if name != "trail"} == {
        "exportId": export["id"],
        "status": "Succeeded",
        "reference": "DSR-7",
    }
    assert (event["id"], event["time"]) == (message.id, export["completedDateTime"])
    assert export["subject"]["id"] not in message.body.decode()


def test_a_receiver_that_is_down_is_told_later_and_its_url_is_secret(
    stack: Stack, caller: Caller, receiver: Receiver, path: str
) -> None:
    secret = uuid4().hex
    receiver.answers(path, 500)
    receiver.go_down()
    export = ended(caller, callbackUrl=receiver.url(path, f"sig={secret}"))
    assert eventually(lambda: "CallbackFailed" in told(caller, export["id"]))
    (row,) = with_secret(stack, secret)
    assert f"'RowKey': '{export['id']}|" in row
    assert "'PartitionKey': 'callback'" in row

    receiver.come_up()
    assert eventually(lambda: told(caller, export["id"])[-1] == "CallbackDelivered", 60)
    failed, delivered = receiver.at(path)
    assert failed.id == delivered.id
    assert failed.body == delivered.body
    events = trail(caller, export["id"])
    assert [event["detail"]["tries"] for event in events] == list(range(1, len(events) + 1))
    assert events[-2]["detail"]["reason"] == "The receiver answered 500."
    assert with_secret(stack, secret) == [], "what is delivered needs no URL"

    for file, content in left_by_the_app(stack).items():
        assert secret.encode() not in content, file
    assert secret not in "".join(caller.answers)


def test_a_receiver_that_answers_410_gets_no_more(stack: Stack, caller: Caller, receiver: Receiver, path: str) -> None:
    secret, other = uuid4().hex, uuid4().hex
    receiver.answers(path, 410)
    receiver.answers(other, 410)
    subscribed(caller, receiver.url(other, secret), reference=path)
    export = ended(caller, callbackUrl=receiver.url(path, secret), reference=path)
    assert eventually(lambda: told(caller, export["id"]) == ["CallbackGone"] * 2)
    assert with_secret(stack, secret) == []
    again = ended(caller, reference=path)
    assert told(caller, again["id"]) == []
    assert [len(receiver.at(place)) for place in (path, other)] == [1, 1]


def test_a_host_killed_during_delivery_delivers_again(
    stack: Stack, caller: Caller, receiver: Receiver, path: str
) -> None:
    with receiver.holding_answers():
        export = caller.post(caller.quick(caller.new_user()), callbackUrl=receiver.url(path))
        assert eventually(lambda: bool(receiver.at(path)), 60)
        kill(stack, caller)
    assert eventually(lambda: told(caller, export["id"])[-1:] == ["CallbackDelivered"], 60)
    messages = receiver.at(path)
    assert len(messages) >= 2
    assert {message.id for message in messages} == {messages[0].id}
    assert caller.get(export["id"])["status"] == "Succeeded"


def subscribed(caller: Caller, url: str, **more: Any) -> dict[str, Any]:
    answer = caller.call("POST", "subscriptions", json={"callbackUrl": url, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{caller.stack.api}/subscriptions/{made['id']}"
    return made


def test_a_subscriber_gets_matching_exports_until_it_unsubscribes(
    caller: Caller, receiver: Receiver, path: str
) -> None:
    reader = caller.with_roles("Exports.Read", object_id=str(uuid4()))
    made = subscribed(reader, receiver.url(path), status=["Failed"], reference=path)
    again = subscribed(reader, receiver.url(path), status=["Failed"], reference=path)
    assert again == made | {"expiresDateTime": again["expiresDateTime"], "signingSecret": None}, "asked twice, one"
    assert again["expiresDateTime"] >= made["expiresDateTime"]
    listed = reader.call("GET", "subscriptions").json()["value"]
    assert listed == [{name: value for name, value in again.items() if name != "signingSecret"}]

    ended(caller, reference=path)
    failed = caller.ended(caller.post(str(uuid4()), reference=path)["id"])
    assert failed["status"] == "Failed"
    assert eventually(lambda: told(caller, failed["id"]) == ["CallbackDelivered"])
    (message,) = receiver.at(path)
    assert message.verified(made["signingSecret"])["data"]["status"] == "Failed"
    with pytest.raises(WebhookVerificationError):
        message.verified()
    (event,) = trail(caller, failed["id"])
    assert event["detail"]["target"] == made["id"]

    other = caller.with_roles("Exports.Read", object_id=str(uuid4()))
    location = f"subscriptions/{made['id']}"
    refused = other.call("DELETE", location)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "SubscriptionNotFound")
    assert [reader.call("DELETE", location).status_code for _ in range(2)] == [204, 204]
    assert other.call("DELETE", location).status_code == 204
    again = caller.ended(caller.post(str(uuid4()), reference=path)["id"])
    assert told(caller, again["id"]) == []


def test_more_subscribers_than_one_step_handles_get_one_message_each(
    caller: Caller, receiver: Receiver, path: str
) -> None:
    made = [
        subscribed(caller, receiver.url(path, str(number)), reference=path) for number in range(DELIVERIES_PER_STEP + 2)
    ]
    export = ended(caller, reference=path)
    assert eventually(lambda: told(caller, export["id"]) == ["CallbackDelivered"] * len(made))
    assert len({message.id for message in receiver.at(path)}) == len(receiver.at(path)) == len(made)
    for subscription in made:
        caller.call("DELETE", f"subscriptions/{subscription['id']}")


def test_an_export_that_ends_again_is_told_again(caller: Caller, receiver: Receiver, path: str) -> None:
    made = subscribed(caller, receiver.url(path), reference=path)
    subject = caller.new_user()
    caller.fault("submit", "never", subject)
    export = caller.post(subject, reference=path)["id"]
    assert eventually(lambda: caller.get(export)["stage"] == "Exporting")
    caller.call("POST", f"exports/{export}/cancel")
    assert eventually(lambda: told(caller, export) == ["CallbackDelivered"], 60)
    caller.quick(subject)
    caller.call("POST", f"exports/{export}/retry")
    assert caller.ended(export)["status"] == "Succeeded"
    assert eventually(lambda: told(caller, export) == ["CallbackDelivered"] * 2)
    first, second = receiver.at(path)
    secret = made["signingSecret"]
    assert [message.verified(secret)["data"]["status"] for message in (first, second)] == ["Canceled", "Succeeded"]
    assert first.id != second.id
    caller.call("DELETE", f"subscriptions/{made['id']}")


def test_subscribers_hear_of_the_hand_over_if_they_ask_for_it(
    stack: Stack, caller: Caller, receiver: Receiver, path: str
) -> None:
    places = {"ended": f"{path}-ended", "handedOver": f"{path}-answered"}
    made = {
        event: subscribed(caller, receiver.url(place), events=[event], reference=path)
        for event, place in places.items()
    }
    both = subscribed(caller, receiver.url(path), events=["handedOver", "ended"], reference=path)
    assert (both["events"], both["id"] in {each["id"] for each in made.values()}) == (["ended", "handedOver"], False)
    export = ended(caller, reference=path)["id"]
    assert eventually(lambda: told(caller, export) == ["CallbackDelivered"] * 2)
    assert [len(receiver.at(place)) for place in (path, *places.values())] == [1, 1, 0]

    receiver.answers(path, 500)
    body = {"handedOverDateTime": caller.get(export)["completedDateTime"], "method": "portal"}
    answer = caller.call("POST", f"exports/{export}/handover", json=body)
    assert answer.status_code == 200, answer.text
    kill(stack, caller)  # between the answer and the callbacks, or while they are made
    assert eventually(lambda: told(caller, export).count("CallbackDelivered") == 4, 60)
    messages = receiver.at(path)
    of_the_end, *of_the_handover = [message.verified(both["signingSecret"]) for message in messages]
    assert of_the_end["type"] == "com.personaldataexport.export.ended.v1"
    assert len(of_the_handover) >= 2
    assert len({message.body for message in messages[1:]}) == 1, "every try has the same bytes"
    event, head = of_the_handover[0], of_the_handover[0]["data"].pop("trail")
    assert event["id"] != of_the_end["id"]
    assert event["type"] == "com.personaldataexport.export.handedover.v1"
    assert event["data"] == {
        "exportId": export,
        "status": "Succeeded",
        "reference": path,
        "handedOverDateTime": body["handedOverDateTime"],
    }
    assert {
        message.verified(made["handedOver"]["signingSecret"])["data"]["exportId"]
        for message in receiver.at(places["handedOver"])
    } == {export}
    assert len(receiver.at(places["ended"])) == 1
    events = caller.call("GET", f"exports/{export}/events").json()["value"]
    types = [each["type"] for each in events]
    number = types.index("HandedOver") + 1
    assert head == {"eventCount": number, "sha256": events[number - 1]["sha256"]}, "it can be compared later"
    assert caller.call("POST", f"exports/{export}/handover", json={}).json()["handoverMethod"] == "portal"
    for each in (*made.values(), both):
        caller.call("DELETE", f"subscriptions/{each['id']}")


def test_a_hand_over_that_nobody_asks_to_hear_of_is_recorded_all_the_same(
    caller: Caller, receiver: Receiver, path: str
) -> None:
    export = ended(caller, callbackUrl=receiver.url(path))
    answer = caller.call("POST", f"exports/{export['id']}/handover", json={"method": "email"}).json()
    assert answer["handoverMethod"] == "email"
    assert eventually(lambda: told(caller, export["id"]) == ["CallbackDelivered"])
    (message,) = receiver.at(path)
    assert message.verified()["type"] == "com.personaldataexport.export.ended.v1"
    assert caller.call("POST", f"exports/{export['id']}/retry").json()["error"]["code"] == "AlreadyHandedOver"


def test_who_may_subscribe(caller: Caller, receiver: Receiver, path: str) -> None:
    submitter = caller.with_roles("Exports.Submit")
    assert submitter.call("POST", "subscriptions", json={"callbackUrl": receiver.url(path)}).status_code == 403
    assert submitter.call("DELETE", f"subscriptions/{uuid4()}").status_code == 403
    assert Caller(caller.stack, {}).call("POST", "subscriptions", json={}).status_code == 401
    assert caller.call("DELETE", "subscriptions/x").status_code == 204
    made = subscribed(caller.with_roles("Exports.Read"), receiver.url(path), reference=path)
    assert caller.call("DELETE", f"subscriptions/{made['id']}").status_code == 204, "an administrator may"


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.2/", "http://evil.example/", "http://127.0.0.1@evil.example/", "http://2130706433/", "x"],
)
def test_a_forbidden_callback_url_is_refused_at_once(caller: Caller, url: str) -> None:
    subject = {"type": "user", "id": caller.new_user()}
    asked = caller.call("POST", "exports", json={"subject": subject, "callbackUrl": url})
    wanted = caller.call("POST", "subscriptions", json={"callbackUrl": url})
    for answer in (asked, wanted):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["target"]) == (400, "CallbackNotAllowed", "callbackUrl")
        assert len(url) < 2 or url not in answer.text
    assert caller.call("GET", f"exports?subjectId={subject['id']}").json()["value"] == []


def test_the_number_of_subscriptions_is_limited_for_a_caller_and_for_all(
    caller: Caller, receiver: Receiver, path: str
) -> None:
    def subscribe(who: Caller, number: int) -> httpx.Response:
        body = {"callbackUrl": receiver.url(path, str(number)), "reference": path}
        return who.call("POST", "subscriptions", json=body)

    made: list[str] = []
    told: set[str] = set()
    while "This" not in told:
        assert len(made) <= MAX_SUBSCRIPTIONS
        who, own = caller.with_roles("Exports.Read"), 0
        while (answer := subscribe(who, own)).status_code == 201:
            made.append(answer.headers["Location"])
            own += 1
            assert own <= MAX_SUBSCRIPTIONS_OF_CALLER
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (409, "TooManySubscriptions")
        told.add(error["message"].split()[0])
        assert own == 0 or subscribe(who, 0).status_code == 201, "what is there already is no more"
    assert told == {"You", "This"}
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda url: caller.call("DELETE", url).status_code, made)) == {204}


def test_secrets_of_subscriptions_are_in_their_own_table_alone(
    stack: Stack, caller: Caller, receiver: Receiver, path: str
) -> None:
    made = subscribed(caller, receiver.url(path, "sig=of-a-subscriber"), reference=path)
    ended(caller, reference=path)
    assert eventually(lambda: bool(receiver.at(path)))
    (row,) = with_secret(stack, made["signingSecret"])
    assert f"'RowKey': '{made['id']}|" in row
    assert with_secret(stack, "sig=of-a-subscriber") == [row]
    assert [answer for answer in caller.answers if made["signingSecret"] in answer] == [
        next(answer for answer in caller.answers if made["id"] in answer)
    ]
    for file, content in left_by_the_app(stack).items():
        assert made["signingSecret"].encode() not in content, file
    caller.call("DELETE", f"subscriptions/{made['id']}")
    assert with_secret(stack, made["signingSecret"]) == []
