"""The PowerShell example does what the others do that are run: no registry that the project uses has PowerShell.

Its text is parsed, and compared with the Python example, which tests/e2e runs.
"""

import re
from collections.abc import Iterator

import pytest
import tree_sitter_pwsh
from tree_sitter import Language, Node, Parser

from tests.documented_examples import example
from tests.logic_apps import COMPONENTS, DOCUMENT, call_of

TEXT = example("PowerShell", "powershell")
TREE = Parser(Language(tree_sitter_pwsh.language())).parse(TEXT.encode()).root_node
OTHERS = {"bash": example("curl", "bash"), "python": example("Python", "python")}


def nodes(kind: str, below: Node = TREE) -> Iterator[Node]:
    if below.type == kind:
        yield below
    for child in below.children:
        yield from nodes(kind, child)


def text(node: Node | None) -> str:
    assert node is not None
    assert node.text is not None
    return node.text.decode()


def commands(name: str, below: Node = TREE) -> list[Node]:
    return [node for node in nodes("command", below) if text(node.child(0)) == name]


def function(name: str) -> Node:
    (found,) = [node for node in nodes("function_statement") if text(next(nodes("function_name", node))) == name]
    return found


def test_it_is_powershell() -> None:
    assert not TREE.has_error


def test_it_reads_what_there_is() -> None:
    exported = set(re.findall(r"\$export\.(\w+)", TEXT))
    assert exported
    assert exported <= set(COMPONENTS["Export"]["properties"])
    assert set(re.findall(r"\$page\.(\w+)", TEXT)) == {"value", "nextLink"} <= set(COMPONENTS["FilePage"]["properties"])
    (columns,) = re.findall(r"Select-Object (.+)$", TEXT, re.MULTILINE)
    assert set(columns.split(", ")) <= set(COMPONENTS["File"]["properties"])
    read = set(re.findall(r"\.Headers\['([\w-]+)'\]", TEXT))
    assert read == {"Location", "Retry-After"} <= set(DOCUMENT["components"]["headers"])
    for method, path in (("POST", "/exports"), ("GET", "/exports/1/files")):
        assert call_of(method, path)


def test_each_call_is_made_in_one_place_and_has_time_outs_and_a_fresh_token() -> None:
    assert commands("Invoke-RestMethod") == []
    (request,) = commands("Invoke-WebRequest")
    (token,) = commands("Get-AzAccessToken")
    (loop,) = nodes("foreach_statement", function("Invoke-Api"))
    (tried,) = nodes("try_statement", loop)
    assert [request, token] == [*commands("Invoke-WebRequest", tried), *commands("Get-AzAccessToken", tried)]
    (seconds,) = set(re.findall(r"\btimeout=(\d+)", OTHERS["python"]))
    for parameter in (f"-TimeoutSec {seconds}", f"-OperationTimeoutSeconds {seconds}", "-SkipHttpErrorCheck"):
        assert parameter in text(request)
    assert f"--max-time {seconds} " in OTHERS["bash"]
    assert len(commands("Invoke-Api")) == 3


def test_all_examples_wait_out_the_same_for_as_long() -> None:
    (tries,) = re.findall(r"in range\((\d+)\)", OTHERS["python"])
    (longest,) = re.findall(r"min\(2\*\*failures, (\d+)\)", OTHERS["python"])
    last = int(tries) - 1
    assert f"for failures in {{0..{last}}}; do" in OTHERS["bash"]
    assert f"foreach ($failures in 0..{last}) {{" in TEXT
    assert f"2 ** failures : {longest}" in OTHERS["bash"]
    assert f"[math]::Min([math]::Pow(2, $failures), {longest})" in TEXT
    assert "000 | 408 | 429 | 5??)" in OTHERS["bash"]
    assert "not in (408, 429) and answer.status_code < 500" in OTHERS["python"]
    assert "-notin 408, 429 -and $answer.StatusCode -lt 500" in TEXT


def test_it_says_on_stderr_what_it_waits_for_and_gives_up_in_the_end() -> None:
    body = text(function("Invoke-Api"))
    catch, told, slept, given_up = (
        body.index(part) for part in ("} catch {", "[Console]::Error.WriteLine(", "Start-Sleep", "throw ")
    )
    assert catch < told < slept < given_up
    assert "$wait = Get-RetryAfter $answer $wait" in body
    assert "Start-Sleep -Seconds (Get-RetryAfter $answer 1)" in TEXT


def test_a_response_that_is_no_success_ends_it() -> None:
    assert "throw" in text(function("Assert-Success"))
    read = re.findall(r"^ *(.+)\n.*\$answer\.Content \| ConvertFrom-Json$", TEXT, re.MULTILINE)
    assert read == ["Assert-Success $answer"] * len(commands("ConvertFrom-Json"))


@pytest.mark.parametrize(
    "part",
    [
        "[Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Reference))",
        "'Idempotency-Key' = [Convert]::ToHexString($hash).ToLower()",
        "'application/json; charset=utf-8'",
        "reference = $Reference } | ConvertTo-Json",
    ],
)
def test_it_takes_any_reference(part: str) -> None:
    assert part in TEXT
