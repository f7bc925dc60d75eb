"""Prepares the checkout: `python3 -m local.setup`, with `--checkers` for what `make test` needs beside it.

Kept so plain that any Python 3.6 or later can say what it lacks.
"""

import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def refusal(version: "tuple[int, int]", executable: str) -> str:
    """Return why this Python can't be used and what can; an empty text where it can."""
    if OLDEST <= version <= NEWEST:
        return ""
    return (
        f"This is Python {version[0]}.{version[1]} ({executable}), but the project needs 3.11, 3.12 or 3.13.\n"
        "Install one of them, or name it: make setup PYTHON=/path/to/python3.13"
    )


def main() -> None:
    """Check the Python, then install everything; the exit status is 1 with a text on stderr where that failed."""
    reason = refusal(sys.version_info[:2], sys.executable)
    if reason:
        sys.exit(reason)
    # Only now: an older Python could not even read it.
    from local.installation import SetupError, install  # noqa: PLC0415

    try:
        install(checkers="--checkers" in sys.argv[1:])
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
