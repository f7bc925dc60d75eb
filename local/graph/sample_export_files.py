"""The files of an export, like those of several Microsoft products; their data is made up."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_APPS = ("Outlook", "Teams", "SharePoint", "OneDrive", "Word")
_ACTIONS = ("FileViewed", "FileEdited", "SignedIn", "MessageSent", "SearchRun")
_PLATFORMS = ("Windows", "iOS", "macOS", "Android")


@dataclass(frozen=True)
class File:
    """A file to write, named by its path in the container; `appended` ones are append blobs, written line by line."""

    name: str
    content: bytes
    content_type: str
    appended: bool = False


def export_files(subject_id: str, submitted: datetime) -> list[File]:
    """The files of a person's export, the same for the same person and time.

    None of the data belongs to anyone: domains end in `.example`, IP addresses are from the range for documentation.
    """
    return [
        _json("Azure Active Directory/SignIns.json", _records(subject_id, submitted, 40, timedelta(hours=7))),
        _csv("Microsoft Teams/Activity.csv", _records(subject_id, submitted, 12, timedelta(days=1))),
        _json("OneDrive/ActivityReports/Files.json", _documents(subject_id, submitted)),
        File("OneDrive/Content/Documents/Notes/To do.txt", b"Water the plants.\nThis text is made up.\n", "text/plain"),
        _json("Windows/Diagnostics/Events.json", _records(subject_id, submitted, 25, timedelta(minutes=95))),
    ]


def _records(subject_id: str, latest: datetime, count: int, step: timedelta) -> Iterator[dict[str, str]]:
    for index in range(count):
        yield {
            "DateTime": f"{latest - (index + 1) * step:%Y-%m-%dT%H:%M:%SZ}",
            "UserId": subject_id,
            "AppName": _APPS[index % len(_APPS)],
            "Action": _ACTIONS[index % len(_ACTIONS)],
            "IP": f"192.0.2.{index + 1}",
            "DevicePlatform": _PLATFORMS[index % len(_PLATFORMS)],
        }


def _documents(subject_id: str, latest: datetime) -> Iterator[dict[str, str]]:
    for index in range(15):
        yield {
            "Name": f"Made-up document {index + 1}.docx",
            "Owner": subject_id,
            "SharedWith": f"colleague{index + 1}@contoso.example",
            "LastModified": f"{latest - timedelta(days=3 * index):%Y-%m-%dT%H:%M:%SZ}",
        }


def _json(name: str, records: Iterator[dict[str, str]]) -> File:
    return File(name, json.dumps(list(records), indent=2).encode(), "application/json")


def _csv(name: str, records: Iterator[dict[str, str]]) -> File:
    rows = list(records)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return File(name, text.getvalue().encode(), "text/csv", appended=True)
