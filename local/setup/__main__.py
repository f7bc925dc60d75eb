"""Prepares the checkout: `python3 -m local.setup`, with `--checkers` for what `make test` needs beside it.

Kept so plain that any Python 3.6 or later can say what it lacks.
"""

import sys

from local.setup.supported_python import refusal


def main() -> None:
    """Check the Python, then install everything; the exit status is 1 with a text on stderr where that failed."""
    reason = refusal(sys.version_info[:2], sys.executable)
    if reason:
        sys.exit(reason)
    # Only now: an older Python could not even read it.
    from local.setup.installation import SetupError, install  # noqa: PLC0415

    try:
        install(checkers="--checkers" in sys.argv[1:])
    except SetupError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
