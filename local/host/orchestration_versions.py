"""Which versions of an orchestration this app runs: its own and older ones. A newer one waits for a newer app."""

import re

_NUMBERS = re.compile(r"\d+(\.\d+){1,3}")


def is_newer(version: str | None, own: str | None) -> bool:
    """Whether an instance's version is newer than the app's; an app without a version runs all.

    Both are compared number by number if each has two to four of them, otherwise letter by letter: 10 is older than 9.
    """
    if not own or not version:
        return False
    if _NUMBERS.fullmatch(version) and _NUMBERS.fullmatch(own):
        return _numbers(version) > _numbers(own)
    return version.casefold() > own.casefold()


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
