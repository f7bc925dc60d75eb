"""The name that a browser saves a file under, read back as RFC 6266 says."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.storage.content_disposition import MAX_NAME_BYTES, attachment

HEADER = re.compile(
    r"""attachment; filename="([ !#$&'()+,\-.;=@\[\]^_`{}~\w]+)"; filename\*=UTF-8''([!#$&+.^_`|~%\w-]+)""", re.ASCII
)


def names(blob_name: str) -> tuple[str, str]:
    """The names for clients that know ASCII alone, and for all others."""
    found = HEADER.fullmatch(attachment(blob_name))
    assert found is not None, attachment(blob_name)
    return found[1], unquote(found[2], errors="strict")


@pytest.mark.parametrize(
    ("blob_name", "plain", "full"),
    [
        ("Exchange/messages-0001.json", "messages-0001.json", "messages-0001.json"),
        ("a b.json", "a b.json", "a b.json"),
        ("OneDrive/Lebenslauf Müller 履歴書.docx", "Lebenslauf M_ller ___.docx", "Lebenslauf Müller 履歴書.docx"),
        ("it's 100%41.txt", "it's 100_41.txt", "it's 100%41.txt"),
        ('"; filename="evil.exe', "_; filename=_evil.exe", "_; filename=_evil.exe"),
        ("a\r\nSet-Cookie: x=1.html", "a__Set-Cookie_ x=1.html", "a__Set-Cookie_ x=1.html"),
        ("c:\\windows\\a.txt", "c__windows_a.txt", "c__windows_a.txt"),
        ("photo_\u202egpj.exe", "photo__gpj.exe", "photo__gpj.exe"),
        ("half \ud83d.txt", "half _.txt", "half _.txt"),
        ("folder/", "folder", "folder"),
        ("Exchange/..", "file", "file"),
        ("...", "file", "file"),
        (" .profile. ", "profile", "profile"),
        ("/", "file", "file"),
    ],
)
def test_the_last_part_of_the_name_is_kept_and_nothing_in_it_can_harm(blob_name: str, plain: str, full: str) -> None:
    assert names(blob_name) == (plain, full)


@pytest.mark.parametrize(
    ("blob_name", "full"),
    [
        (f"{'a' * 1020}.pst", f"{'a' * 146}.pst"),
        (f"{'履' * 300}.docx", f"{'履' * 48}.docx"),
        (f"{'a' * 200}.{'b' * 200}", "a" * 150),
        (f"{'a' * 145} .json", f"{'a' * 145}.json"),
        (f"{'a' * 144}     .json", f"{'a' * 144}.json"),
    ],
)
def test_a_long_name_is_cut_and_keeps_its_suffix(blob_name: str, full: str) -> None:
    assert names(blob_name)[1] == full


@given(st.text(min_size=1, max_size=400))
@example("\x00")
@example("日" * 400)
def test_any_name_gives_a_header_that_says_one_thing(blob_name: str) -> None:
    plain, full = names(blob_name)
    assert 1 <= len(plain) <= len(full.encode()) <= MAX_NAME_BYTES
    assert full == full.strip().strip(".")
    assert not any(letter in '<>:"/\\|?*' or unicodedata.category(letter).startswith("C") for letter in full)
