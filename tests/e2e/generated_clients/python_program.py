"""Uses a client that openapi-python-client generated: python python_program.py PERSON BROKEN SLOW NOBODY.

It reads the address of the API and a token from the environment, does what callers do, and prints what it got as JSON.
"""

import json
import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID, uuid4

from personal_data_export_client import AuthenticatedClient
from personal_data_export_client.api.batches import get_batch, start_batch
from personal_data_export_client.api.exports import (
    cancel_export,
    change_export_deadline,
    get_export,
    get_export_events,
    hand_over_export,
    list_exports,
    start_export,
)
from personal_data_export_client.api.files import (
    create_export_links,
    create_export_package,
    erase_export_data,
    get_export_files,
    get_export_package,
)
from personal_data_export_client.api.holds import lift_holds, place_export_hold
from personal_data_export_client.api.service import health, preflight
from personal_data_export_client.api.subscriptions import create_subscription, delete_subscription
from personal_data_export_client.models import (
    BatchBody,
    DeadlineBody,
    DeadlineBodyAction,
    EndStatus,
    ErrorResponse,
    Export,
    ExportBody,
    HandoverBody,
    HandoverMethod,
    HoldBody,
    Language,
    LinksBody,
    Package,
    PackageBody,
    SubjectBody,
    SubjectBodyType,
    SubscriptionBody,
)

CLIENT = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["TOKEN"])
Answer = TypeVar("Answer")


def good(answer: Answer | ErrorResponse | None) -> Answer:
    """The answer, if it is no error."""
    if answer is None or isinstance(answer, ErrorResponse):
        raise TypeError(f"The answer is {answer}.")
    return answer


def user(person: str) -> SubjectBody:
    return SubjectBody(type_=SubjectBodyType.USER, id=person)


def ended(export_id: UUID) -> Export:
    """The export at its end."""
    while True:
        answer = get_export.sync_detailed(export_id, client=CLIENT)
        if "Retry-After" not in answer.headers:
            return good(answer.parsed)
        time.sleep(int(answer.headers["Retry-After"]))


def exported(person: str, reference: str) -> Export:
    body = ExportBody(subject=user(person), reference=reference)
    accepted = good(start_export.sync(client=CLIENT, body=body, idempotency_key=reference))
    return ended(accepted.id)


def succeeded(person: str) -> dict[str, object]:
    reference = f"python-{uuid4()}"
    export = exported(person, reference)
    assert export.completed_date_time is not None
    assert export.completed_date_time - export.created_date_time > timedelta(0)
    assert export.files is not None
    page = good(list_exports.sync(client=CLIENT, reference=reference))
    names = [file.name for file in good(get_export_files.sync(export.id, client=CLIENT)).value]
    links = good(create_export_links.sync(export.id, client=CLIENT, body=LinksBody(files=names[:1])))
    events = good(get_export_events.sync(export.id, client=CLIENT)).value
    return {
        "status": export.status.value,
        "stage": export.stage,
        "error": export.error,
        "files": export.files.count == len(names) > 0,
        "listed": [each.id for each in page.value] == [export.id],
        "linked": [link.name for link in links.value] == names[:1],
        "events": [events[0].type_, *(event.type_ for event in events if event.type_ == "Succeeded")],
        "canceled": good(cancel_export.sync(export.id, client=CLIENT)).status.value,
        "answered": handed_over(export, reference),
    }


def made(export_id: UUID) -> Package:
    """The package in German, when it is made."""
    answer = create_export_package.sync_detailed(export_id, client=CLIENT, body=PackageBody(language=Language.DE))
    while answer.status_code == HTTPStatus.ACCEPTED:
        time.sleep(int(answer.headers["Retry-After"]))
        answer = get_export_package.sync_detailed(export_id, client=CLIENT, language=Language.DE)
    return good(answer.parsed)


def handed_over(export: Export, reference: str) -> dict[str, object]:
    """What is done with an export that has succeeded until the person has the answer."""
    package = made(export.id)
    body = LinksBody(package=Language.DE, expires_in_minutes=60)
    links = good(create_export_links.sync(export.id, client=CLIENT, body=body)).value
    held = good(place_export_hold.sync(export.id, client=CLIENT, body=HoldBody(reason="Case 12")))
    refused = erase_export_data.sync(export.id, client=CLIENT)
    assert isinstance(refused, ErrorResponse)
    lifted = good(lift_holds.sync(client=CLIENT, reference=reference)).value
    answered = good(hand_over_export.sync(export.id, client=CLIENT, body=HandoverBody(method=HandoverMethod.PORTAL)))
    assert held.hold is not None
    assert answered.handed_over_date_time is not None
    return {
        "package": [package.status.value, package.language, package.progress],
        "linked": [link.name for link in links] == [file.name for file in package.files],
        "held": held.hold.reason,
        "refused": refused.error.code,
        "lifted": [result.status for result in lifted],
        "method": answered.handover_method,
        "trail": answered.trail.event_count > held.trail.event_count,
    }


def clock(person: str) -> dict[str, object]:
    """What is done with the clock of an export that runs."""
    export = good(start_export.sync(client=CLIENT, body=ExportBody(subject=user(person))))
    later = export.due_date_time + timedelta(days=60)

    def change(action: DeadlineBodyAction, **fields: Any) -> Export:
        return good(change_export_deadline.sync(export.id, client=CLIENT, body=DeadlineBody(action=action, **fields)))

    extended = change(DeadlineBodyAction.EXTEND, due_date_time=later, reason="A complex request")
    paused = change(DeadlineBodyAction.PAUSE, reason="Asked who is meant")
    resumed = change(DeadlineBodyAction.RESUME)
    return {
        "extended": extended.due_date_time == later,
        "paused": paused.paused_date_time is not None,
        "resumed": resumed.paused_date_time is None and resumed.due_date_time >= later,
        "canceled": good(cancel_export.sync(export.id, client=CLIENT)).status.value,
    }


def failed(person: str) -> dict[str, object]:
    export = exported(person, f"python-{uuid4()}")
    assert export.error is not None
    attempt = export.attempts[0]
    assert attempt.error is not None
    assert export.files is None
    return {"status": export.status.value, "code": export.error.code, "attempt": [attempt.status, attempt.error.code]}


def batch(nobody: str) -> dict[str, object]:
    items = [ExportBody(subject=user(person)) for person in (nobody, "nobody")]
    made = good(start_batch.sync(client=CLIENT, body=BatchBody(exports=items)))
    exports = [item.export_id for item in made.items]
    assert exports[0] is not None
    ended(exports[0])
    done = good(get_batch.sync(made.id, client=CLIENT))
    codes = [item.error.code if item.error else None for item in done.items]
    return {
        "status": done.status.value,
        "items": [item.status.value for item in done.items],
        "codes": codes,
        "exports": [export is not None for export in exports],
        "counts": done.counts.additional_properties,
    }


def subscription() -> dict[str, object]:
    body = SubscriptionBody(callback_url=os.environ["CALLBACK_URL"], status=[EndStatus.FAILED])
    made = good(create_subscription.sync(client=CLIENT, body=body))
    gone = delete_subscription.sync_detailed(str(made.id), client=CLIENT)
    return {"status": made.status, "reference": made.reference, "deleted": gone.status_code.value}


def refused() -> dict[str, object]:
    answer = start_export.sync_detailed(client=CLIENT, body=ExportBody(subject=user("nobody")))
    assert isinstance(answer.parsed, ErrorResponse)
    error = answer.parsed.error
    return {"status": answer.status_code.value, "code": error.code, "details": [each.target for each in error.details]}


def healthy() -> str:
    status: str = good(health.sync(client=CLIENT)).status
    return status


def checked() -> dict[str, object]:
    report = good(preflight.sync(client=CLIENT))
    return {"status": report.status.value, "failed": [each.name for each in report.checks if each.status == "Failed"]}


def main() -> None:
    person, broken, slow, nobody = sys.argv[1:]
    with CLIENT, ThreadPoolExecutor() as together:
        parts: dict[str, Future[Any]] = {
            "health": together.submit(healthy),
            "preflight": together.submit(checked),
            "succeeded": together.submit(succeeded, person),
            "clock": together.submit(clock, slow),
            "failed": together.submit(failed, broken),
            "batch": together.submit(batch, nobody),
            "subscription": together.submit(subscription),
            "refused": together.submit(refused),
        }
    got = {name: part.result() for name, part in parts.items()}
    print(json.dumps(got))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main()
