"""The report of a certification, made of its record: part of certify.py."""

# ruff: noqa: INP001 - part of scripts, not a package

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from certify_record import ENDED


class Verdict(StrEnum):
    """What a certification has come to."""

    CERTIFIED = "Certified"
    NOT_CERTIFIED = "NotCertified"
    WAITING = "Waiting"


REQUIRED = (
    "Identity stage",
    "Identity stage, again",
    "Deploy",
    "Deploy, again",
    "Preflight",
    "Request",
    "Export",
    "Files",
    "Package",
    "Hold",
    "Hand-over",
)
"""The steps without which nothing is certified. One that is killed, as by its time limit, leaves no record."""
HEADINGS = {
    Verdict.CERTIFIED: "Certified: it passed the preflight and exported a person, from the request to the hand-over.",
    Verdict.NOT_CERTIFIED: "Not certified.",
    Verdict.WAITING: "Not finished: the export is still running at Microsoft.",
}


def reasons(data: dict[str, Any]) -> list[str]:
    """Why nothing is certified; empty if nothing is wrong so far."""
    last = {step["name"]: step["passed"] for step in data["steps"]}
    found = [f"The step failed: {name}." for name, passed in last.items() if not passed]
    failed = [check["name"] for check in data["preflight"] if check["status"] == "Failed"]
    if failed:
        found.append(f"The preflight failed: {', '.join(failed)}.")
    export, download = data["export"], data["download"]
    if export is None:
        found.append("No export was started.")
    elif export["status"] in ENDED - {"Succeeded"}:
        found.append(f"The export ended as {export['status']}: {export['error']}.")
    elif export["status"] == "Succeeded":
        found += [f"The step has not ended: {name}." for name in REQUIRED if name not in last]
    if download and download["matches"] is False:
        found.append("A file that was downloaded is not the one in the manifest.")
    return found


def verdict(data: dict[str, Any]) -> Verdict:
    """What the record has come to."""
    if reasons(data):
        return Verdict.NOT_CERTIFIED
    return Verdict.CERTIFIED if data["export"]["status"] in ENDED else Verdict.WAITING


def as_json(data: dict[str, Any]) -> dict[str, Any]:
    """The report for programs."""
    return {"verdict": verdict(data), "reasons": reasons(data)} | data


def as_markdown(data: dict[str, Any]) -> str:
    """The report for people."""
    said = verdict(data)
    parts = [f"# Certification {data['name']}", HEADINGS[said], *(f"- {reason}" for reason in reasons(data))]
    if said is Verdict.WAITING:
        parts.append(f"Start the workflow again with the name `{data['name']}`. It goes on waiting.")
    parts += _table("Deployed", "what", "value", data["deployed"])
    parts += _table("Versions", "what", "version", data["versions"])
    if data["steps"]:
        parts += [
            "## Steps",
            "| step | began (UTC) | took | |\n|---|---|---|---|\n" + "\n".join(map(_step, data["steps"])),
        ]
    parts += _table("Preflight", "check", "status", {check["name"]: check["status"] for check in data["preflight"]})
    if data["export"]:
        parts += _export(data["export"], data["download"], data["package"])
    if data["runs"]:
        parts += ["## Runs", "\n".join(f"- {run}" for run in data["runs"])]
    return "\n\n".join(parts) + "\n"


def _table(heading: str, left: str, right: str, values: dict[str, Any]) -> list[str]:
    if not values:
        return []
    rows = [f"| {name} | {'not known' if value is None else value} |" for name, value in values.items()]
    return [f"## {heading}", "\n".join([f"| {left} | {right} |", "|---|---|", *rows])]


def _step(step: dict[str, Any]) -> str:
    passed = "passed" if step["passed"] else "**failed**"
    return f"| {step['name']} | {step['startedDateTime']} | {_duration(step['seconds'])} | {passed} |"


def _export(export: dict[str, Any], download: dict[str, Any] | None, package: dict[str, Any] | None) -> list[str]:
    files = export["files"]
    values = {
        "status": export["status"],
        "stage": export["stage"],
        "kind of person": export["subjectType"],
        "grant": export["grantKind"] or "none yet",
        "attempts": ", ".join(attempt["status"] for attempt in export["attempts"]) or "none yet",
        "files": f"{files['count']}, {files['totalBytes']} bytes" if files else "none yet",
        "warnings": ", ".join(export["warnings"]) or "none",
        "error": export["error"] or "none",
        "erased": export["erasedDateTime"] or "no",
    }
    if download:
        said = {
            True: "one file has the hash of the manifest",
            False: "**it differs from the manifest**",
            None: "no file",
        }
        values["download"] = said[download["matches"]]
    if package:
        fits = "it has the hashes of the manifest" if package["matches"] else "**it does not fit the manifest**"
        values["package"] = f"{package['zips']} zip, {package['totalBytes']} bytes: {fits}"
    rows = [
        f"| {event['dateTime']} | {_since(export, event)} | {event['type']} | {event['by']} |"
        for event in export["trail"]
    ]
    trail = "\n".join(["| time (UTC) | since the request | event | by |", "|---|---|---|---|", *rows])
    return [*_table("Export", "what", "value", values), "## Audit trail", trail]


def _since(export: dict[str, Any], event: dict[str, Any]) -> str:
    began, ended = (datetime.fromisoformat(one) for one in (export["createdDateTime"], event["dateTime"]))
    return _duration(round((ended - began).total_seconds()))


def _duration(seconds: int) -> str:
    """Seconds as people read them."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
