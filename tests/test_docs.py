"""The documents say what the code does: columns, codes, routes, roles, and links."""

import json
import re
from dataclasses import replace
from enum import StrEnum
from html import unescape
from pathlib import Path

import pytest

from shared.exports.audit_trail import add_warning
from shared.exports.export import ExportWarning, File, Hold, ManifestProgress, Problem, Subject
from shared.exports.handover_package import Package
from shared.exports.handover_zip_documents import receipt_json
from shared.exports.states_and_codes import (
    ErrorCode,
    EventType,
    HandoverMethod,
    PackageLanguage,
    Stage,
    Status,
    WarningCode,
)
from shared.exports.transitions import data_erasure, write_grant
from shared.exports.transitions.ending import fail
from shared.http.api_errors import ApiErrorCode
from shared.http.app_roles import AppRole
from shared.records.event_and_file_rows import to_event_rows, to_file_rows
from shared.records.export_rows import to_export_row
from shared.telemetry.telemetry_names import RECONCILER_HEARTBEAT, SWEEPER_HEARTBEAT, ExportField, Metric
from shared.use_cases.run_preflight import run_preflight
from tests.exports.package_samples import facts, index_html
from tests.exports.samples import LIMITS, NOW, complete, succeeded
from tests.fakes.hooked_services import HookedServices

ROOT = Path(__file__).parent.parent
DOCS = [
    ROOT / "README.md",
    ROOT / "infra" / "README.md",
    ROOT / "infra" / "connector" / "readme.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def section(name: str, heading: str) -> str:
    text = (ROOT / "docs" / name).read_text()
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no {heading}"
    return found[1]


def section_of_readme(heading: str) -> str:
    return (ROOT / "README.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def full_row() -> dict[str, object]:
    """An export with a value in every column."""
    files = ManifestProgress(count=1, total_bytes=1, marker="m", manifest_sha256="h")
    export = replace(data_erasure.mark_erased(succeeded(), NOW), files=files)
    export = fail(add_warning(export, ExportWarning(WarningCode.NO_DATA, "n"), NOW), Problem("X", "x"), NOW, LIMITS)
    export = write_grant.mark_grant_revoked(export, export.attempts[0], NOW)
    subject = Subject(export.subject.type, export.subject.id, "ana@contoso.example")
    export = replace(export, paused_at=NOW, warn_at=NOW, handed_over_at=NOW, handover_method=HandoverMethod.LINK)
    export = replace(export, erasure_begun_at=NOW, hold=Hold(NOW, "h", "a"), trail_sha256="t")
    package = Package(language=PackageLanguage.GERMAN, requested_at=NOW, next_step_at=None)
    export = replace(export, packages=(package,))
    waiting = replace(export, wait_reason="w", refused_since=NOW, graph_retry_at=NOW, slot_at=NOW, expected_at=NOW)
    return to_export_row(replace(waiting, subject=subject, reference="r", request_digest="d", progress=1.0))


def test_every_column_is_described() -> None:
    assert first_cells(section("outcomes.md", "Columns of an export")) == set(full_row())


def test_every_column_of_the_manifest_is_described() -> None:
    file = File(name="a", size=1, md5="m", sha256="s", modified_at=NOW, crc32=1)
    assert first_cells(section("outcomes.md", "The manifest")) == set(to_file_rows(succeeded(), [file])[0])


def test_every_column_of_an_event_is_described() -> None:
    described = first_cells(section("outcomes.md", "Columns of an event")) - set(EventType)
    assert described == set(to_event_rows(complete())[-1])


def test_every_member_of_a_receipt_is_described_in_order() -> None:
    described = re.findall(r"^\| `([^`]+)` \|", section("handover-package.md", "The receipt"), re.MULTILINE)
    assert described == list(json.loads(receipt_json(facts(), sums_sha256="s")))


def test_the_page_has_the_commands_that_check_files() -> None:
    page = unescape(index_html(facts()).decode())
    commands = re.findall(
        r"^(?:sha256sum|shasum|Get-Content) .+$", section("handover-package.md", "Check the files"), re.MULTILINE
    )
    assert len(commands) == 3
    assert [command for command in commands if command not in page] == []


async def test_every_check_of_the_preflight_is_described_in_order() -> None:
    names = [check.name for check in await run_preflight(HookedServices().services)]
    described = re.findall(r"^\| `([^`]+)` \|", section("api.md", "Preflight"), re.MULTILINE)
    assert described == names
    of_the_account = re.findall(r"^\| `([^`]+)` \|", section("operations.md", "The export account"), re.MULTILINE)
    assert of_the_account == names[names.index("accountSettings") :]


@pytest.mark.parametrize(
    ("name", "heading", "codes"),
    [
        ("outcomes.md", "Columns of an event", EventType),
        ("operations.md", "Warnings", WarningCode),
        ("api.md", "Roles", AppRole),
    ],
)
def test_every_code_is_described(name: str, heading: str, codes: type[StrEnum]) -> None:
    described = first_cells(section(name, heading))
    assert {code.value for code in codes} <= described
    assert "RowKey" in described or described <= {code.value for code in codes}


def test_every_error_is_in_the_runbook() -> None:
    codes = set(re.findall(r"`(\w+)`", section("operations.md", "Errors")))
    assert {code.value for code in ErrorCode} <= codes
    advised = re.findall(r'^    "(\w+)": ', (ROOT / "shared" / "exports" / "error_hints.py").read_text(), re.MULTILINE)
    assert len(advised) > 10
    assert set(advised) <= codes


def test_every_alert_is_in_the_runbook() -> None:
    queries = {path.stem for path in (ROOT / "infra" / "monitoring" / "alerts").glob("*.kql")}
    limits = (ROOT / "infra" / "modules" / "alerts.bicep").read_text()
    assert set(re.findall(r"^    name: '([\w-]+)'$", limits, re.MULTILINE)) >= queries
    assert set(re.findall(r"docs/operations\.md#([\w-]+)'", limits)) == {"rules-switched-off", "server-errors"}
    described = set(re.findall(r"^### (.+)$", section("operations.md", "Alerts"), re.MULTILINE))
    assert described == queries | {"rules-switched-off"}


def test_every_name_of_telemetry_is_described() -> None:
    words = set(re.findall(r"`([\w.]+)`", section("operations.md", "Telemetry")))
    assert {RECONCILER_HEARTBEAT, SWEEPER_HEARTBEAT, *ExportField, *Metric} <= words


def test_every_stage_is_in_the_runbook() -> None:
    described = first_cells(section("operations.md", "Look at an export"))
    assert described == {stage.value for stage in Stage if stage is not Stage.ENDED}


def test_every_status_and_stage_is_described() -> None:
    text = section("outcomes.md", "Columns of an export")
    assert all(f"`{word.value}`" in text for word in [*Status, *Stage])


def test_every_error_of_the_api_is_described() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", section("api.md", "Errors"), re.MULTILINE)
    assert rows == [(str(code.status), code.value, code.meaning) for code in ApiErrorCode], "run make docs"


def routes() -> set[str]:
    source = (ROOT / "shared" / "http" / "http_functions.py").read_text()
    found = re.findall(r'\.route\("([^"]+)", methods=\["(\w+)"\]', source)
    assert len(found) + 1 == source.count(".route("), "the console's takes two methods, and is no call"
    return {f"{method} /{route}" for route, method in found}


def test_every_route_is_described() -> None:
    have = routes()
    assert set(re.findall(r"^\| `(\w+ /\S+)` \|", section("api.md", "Calls"), re.MULTILINE)) == have
    readme = set(re.findall(r"`(\w+) /api(/\S+)`", section_of_readme("The API")))
    assert {f"{method} {path}" for method, path in readme} == have


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text()
    for target in [*re.findall(r"\]\(([^)]+)\)", text), *re.findall(r' (?:src|srcset)="([^"]+)"', text)]:
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        led = path.parent / file if file else path
        assert led.exists(), target
        headings = re.findall(r"^#+ (.+)$", led.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def test_every_test_that_holds_a_promise_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", (ROOT / "docs" / "reliability.md").read_text()))
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []
