"""What a check of the preflight finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The result of a check."""

    PASSED = "Passed"
    WARNING = "Warning"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class PreflightCheck:
    """One thing that was checked, what was found, and what to do about it."""

    name: str
    verdict: Verdict
    message: str


def passed(name: str, message: str) -> PreflightCheck:
    """A check that found nothing wrong."""
    return PreflightCheck(name, Verdict.PASSED, message)


def warning(name: str, message: str) -> PreflightCheck:
    """A check that found something that somebody should know or change, although exports work."""
    return PreflightCheck(name, Verdict.WARNING, message)


def failed(name: str, message: str) -> PreflightCheck:
    """A check that found something by which exports fail, or by which exported data can't be kept or erased."""
    return PreflightCheck(name, Verdict.FAILED, message)
