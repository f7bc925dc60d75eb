"""All texts of the page of a hand-over package, as the fields that each language fills.

Texts are plain: what writes the page escapes them, then puts HTML in place of the names in braces. Each language has
the same names in the same field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.exports.handover_texts.language_formats import LanguageFormats


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A text about a number, `{count}`, in the plural forms that Unicode's CLDR has for these languages."""

    one: str
    other: str
    many: str | None = None
    """For whole millions, which French and Spanish join with a preposition; None where it is as `other`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Kinds of data that the export does not cover, and where they come from."""

    data: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageTexts:
    """The texts of one language, and how it writes what is put into them."""

    formats: LanguageFormats

    title: str
    lead: str
    unpack_first: str
    unpack_together: Counted
    """Where there are several zips: `{count}` of them."""

    reference: str
    export_id: str
    received: str
    exported: str
    requested: str
    files: str
    total_size: str

    notes: str
    no_data: str
    at_limit: str
    unhashed: Counted

    inside: str
    inside_lead: str
    product: str
    size: str
    total: str
    no_folder: str
    other_products: str
    count_of_files: Counted

    listing: str
    file_name: str
    last_changed: str
    unlisted: Counted

    not_inside: str
    not_inside_lead: str
    elsewhere: tuple[Elsewhere, ...]

    renamed: str
    renamed_lead: Counted
    original_name: str
    name_here: str
    renamed_rest: str
    """Where only the first ones are shown: `{file}` has all."""

    checking: str
    checking_lead: str
    """What `{sums}` is for, and from which folder to run the commands."""
    windows: str
    windows_result: str
    macos: str
    linux: str
    unix_result: str
    receipt: str
    """What `{receipt}` is for; `{sums}` is the list of checksums."""

    questions: str
    ask_with_reference: str
    """Whom to ask; with `{reference}` and `{export}`."""
    ask: str
    """The same where there is no reference; with `{export}`."""
