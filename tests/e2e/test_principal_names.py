"""People given by user principal name, over HTTP and through the local Graph, which reads names as Graph does."""

from uuid import uuid4

import pytest

from tests.e2e.caller import Caller

DIRECTORY_NAMES = ["$alice", "$o'neil", "o'neil", "$a$b", "visitor_fabrikam.example#EXT#"]


@pytest.mark.parametrize("begin", DIRECTORY_NAMES)
def test_a_person_is_found_by_name(caller: Caller, begin: str) -> None:
    local_part = f"{begin}.{uuid4().hex[:8]}"
    subject = caller.quick(caller.new_user(local_part))
    export = caller.ended(caller.post(f"{local_part}@contoso.example")["id"])
    assert (export["status"], export["subject"]) == ("Succeeded", {"type": "user", "id": subject})


def test_a_batch_takes_names_that_begin_with_a_dollar_sign(caller: Caller) -> None:
    local_parts = [f"$alice.{uuid4().hex[:8]}" for _ in range(2)]
    subjects = [caller.quick(caller.new_user(name)) for name in local_parts]
    rows = "".join(f"user,{name}@contoso.example\n" for name in local_parts)
    answer = caller.call("POST", "batches", content=f"type,id\n{rows}", headers={"Content-Type": "text/csv"})
    found = [caller.ended(item["exportId"])["subject"]["id"] for item in answer.json()["items"]]
    assert found == subjects


def test_nobody_of_that_name_is_not_found(caller: Caller) -> None:
    export = caller.ended(caller.post(f"$nobody.{uuid4().hex[:8]}@contoso.example")["id"])
    assert (export["status"], export["error"]["code"]) == ("Failed", "Request_ResourceNotFound")
