"""The Python versions that the project supports. Any Python from 3.6 on can parse this file."""

OLDEST = (3, 11)
NEWEST = (3, 14)


def refusal(version: "tuple[int, int]", executable: str) -> str:
    """Return why this Python can't be used and which can; an empty text if it can."""
    if OLDEST <= version <= NEWEST:
        return ""
    return (
        f"This is Python {version[0]}.{version[1]} ({executable}), but the project needs 3.11, 3.12, 3.13 or 3.14.\n"
        "Install one of them, or name it: make setup PYTHON=/path/to/python3.13"
    )
