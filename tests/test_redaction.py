"""Secrets are removed from text from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.redaction import MAX_LENGTH, redact, redacted_stack

SIGNATURE = "Zm9vYmFyYmF6cXV4Zm9vYmFy"


@pytest.mark.parametrize(
    "text",
    [
        f"The URL https://a.blob.core.windows.net/c?sv=2026-10-06&sig={SIGNATURE} is wrong",
        f"'https://a.blob.core.windows.net/c?sig={SIGNATURE}'",
        f"HTTPS://A.BLOB/c?{SIGNATURE}",
        f"sv=1&sig={SIGNATURE}&se=2",
        f"sig%3D{SIGNATURE}",
        f"Authorization: Bearer {SIGNATURE}.x.y",
        f"called with code={SIGNATURE}",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    assert SIGNATURE not in redact(text)


def test_the_rest_is_kept_on_one_line() -> None:
    assert redact("Access\n is  denied.") == "Access is denied."
    assert redact("https://a.example/b?c=d e") == "https://a.example/b e"


@given(st.text(), st.text())
def test_a_signature_never_passes(before: str, after: str) -> None:
    assert SIGNATURE not in redact(f"{before} https://a.blob.core.windows.net/c?sv=1&sig={SIGNATURE} {after}")
    assert len(redact(before * 100)) <= MAX_LENGTH


def test_a_stack_says_where_it_was_and_has_no_secret() -> None:
    with pytest.raises(LookupError) as raised:
        raise LookupError(f"no https://a.example/b?sig={SIGNATURE}")
    stack = redacted_stack(raised.value)
    assert "test_redaction.py" in stack
    assert stack.startswith("LookupError: no https://a.example/b\n")


@given(st.text())
def test_what_is_kept_can_be_printed(text: str) -> None:
    assert redact(text).isprintable()
