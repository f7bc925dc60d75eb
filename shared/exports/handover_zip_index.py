"""`index.html` of a hand-over package: what is inside, what is not, and how to check it, in the person's language.

The page has no script and loads nothing. Every name in it is hostile: it is escaped, kept apart from the text around
it, and its invisible characters are shown by their code points.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from shared.exports.handover_texts.text_catalogue import texts_in
from shared.exports.handover_zip_documents import RECEIPT, RENAMED, SUMS, data_warnings
from shared.exports.handover_zip_style import STYLE
from shared.exports.states_and_codes import WarningCode
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from shared.exports.handover_texts.package_texts import Counted, PackageTexts
    from shared.exports.handover_zip_contents import ListedFile, Product
    from shared.exports.handover_zip_documents import PackageFacts

ALL_OPEN = 50
"""Up to so many listed files, no list has to be opened to be seen."""
_WINDOWS = (
    f"Get-Content {SUMS} -Encoding UTF8 | ForEach-Object {{ $sum, $name = $_ -split '  ', 2; "
    "if ((Get-FileHash -LiteralPath $name -Algorithm SHA256).Hash -ne $sum) { $name } }"
)
_MACOS = f"shasum -a 256 -c {SUMS} | grep -v ': OK$'"
_LINUX = f"sha256sum --quiet -c {SUMS}"
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
_INVISIBLE = frozenset(
    chr(code)
    for codes in (
        (*range(0x20), *range(0x7F, 0xA0)),  # control characters
        (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # they change the direction of text
        (0x2028, 0x2029),  # they break the line
        (0xAD, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC)),  # not seen
        range(0xD800, 0xE000),  # surrogates, which are no characters
        (
            *range(0xFDD0, 0xFDF0),
            *(plane * 0x10000 + low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
        ),  # neither
    )
    for code in codes
)


def index_pieces(facts: PackageFacts) -> Iterator[bytes]:
    """The page of a package in pieces, in UTF-8; a few megabytes in all at most, as `Contents` is bounded."""
    return (piece.encode() for piece in _Page(facts).document())


class _Page:
    """Writes the page of one package."""

    def __init__(self, facts: PackageFacts) -> None:
        self._facts = facts
        self._texts: PackageTexts = texts_in(facts.language)
        self._formats = self._texts.formats

    def document(self) -> Iterator[str]:
        texts = self._texts
        yield f'<!doctype html>\n<html lang="{self._facts.language}">\n<head>\n<meta charset="utf-8">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        yield f"<title>{escape(texts.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        yield f'<header>\n<h1>{escape(texts.title)}</h1>\n<p class="lead">{escape(texts.lead)}</p>\n</header>\n<main>\n'
        yield from self._notes()
        yield from self._about()
        yield from self._inside()
        yield from self._not_inside()
        yield from self._listing()
        yield from self._renamed()
        yield from self._checking()
        yield f"</main>\n<footer>\n<h2>{escape(texts.questions)}</h2>\n<p>{self._whom_to_ask()}</p>\n</footer>\n"
        yield "</body>\n</html>\n"

    def _notes(self) -> Iterator[str]:
        texts, facts = self._texts, self._facts
        notes = [escape(texts.unpack_first)]
        if facts.parts > 1:
            notes.append(self._counted(texts.unpack_together, facts.parts))
        warnings = data_warnings(facts)
        if WarningCode.NO_DATA in warnings:
            notes.append(escape(texts.no_data))
        if WarningCode.COMPLETED_AT_LIMIT in warnings:
            notes.append(escape(texts.at_limit))
        if facts.contents.unhashed_count:
            notes.append(self._counted(texts.unhashed, facts.contents.unhashed_count))
        yield f'<section class="note">\n<h2>{escape(texts.notes)}</h2>\n<ul>\n'
        yield from (f"<li>{note}</li>\n" for note in notes)
        yield "</ul>\n</section>\n"

    def _about(self) -> Iterator[str]:
        texts, facts, formats = self._texts, self._facts, self._formats
        rounded, exact = formats.size(facts.contents.total_bytes), formats.exact_size(facts.contents.total_bytes)
        size = rounded if rounded == exact else f"{rounded} ({exact})"
        about = [
            (texts.reference, None if facts.reference is None else shown(facts.reference)),
            (texts.received, self._long(facts.received_at)),
            (texts.exported, self._long(facts.completed_at)),
            (texts.requested, self._long(facts.requested_at)),
            (texts.files, formats.number(facts.contents.count)),
            (texts.total_size, size),
            (texts.export_id, f"<code>{escape(facts.export_id)}</code>"),
        ]
        yield '<dl class="facts">\n'
        yield from (
            f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>\n" for name, value in about if value is not None
        )
        yield "</dl>\n"

    def _inside(self) -> Iterator[str]:
        texts, contents = self._texts, self._facts.contents
        yield f"<h2>{escape(texts.inside)}</h2>\n<p>{escape(texts.inside_lead)}</p>\n"
        if not contents.count:
            return
        yield "<table>\n<thead>\n<tr>"
        yield f'<th scope="col">{escape(texts.product)}</th><th scope="col" class="number">{escape(texts.files)}</th>'
        yield f'<th scope="col" class="number">{escape(texts.size)}</th></tr>\n</thead>\n<tbody>\n'
        for number, product in enumerate(contents.products, 1):
            name = self._name_of(product)
            linked = f'<a href="#files-{number}">{name}</a>' if product.listed else name
            yield self._row_of_totals(linked, product.count, product.total_bytes)
        if contents.other_count:
            yield self._row_of_totals(escape(texts.other_products), contents.other_count, contents.other_bytes)
        yield "</tbody>\n<tfoot>\n"
        yield self._row_of_totals(escape(texts.total), contents.count, contents.total_bytes)
        yield "</tfoot>\n</table>\n"

    def _row_of_totals(self, name: str, count: int, size: int) -> str:
        return (
            f'<tr><th scope="row">{name}</th><td class="number">{self._formats.number(count)}</td>'
            f'<td class="number">{self._formats.size(size)}</td></tr>\n'
        )

    def _not_inside(self) -> Iterator[str]:
        texts = self._texts
        yield f"<h2>{escape(texts.not_inside)}</h2>\n<p>{escape(texts.not_inside_lead)}</p>\n"
        yield '<dl class="elsewhere">\n'
        for one in texts.elsewhere:
            yield from (f"<dt>{escape(data)}</dt>\n" for data in one.data)
            yield f"<dd>{escape(one.source)}</dd>\n"
        yield "</dl>\n"

    def _listing(self) -> Iterator[str]:
        products = self._facts.contents.products
        if not products:
            return
        is_open = " open" if sum(len(product.listed) for product in products) <= ALL_OPEN else ""
        yield f"<h2>{escape(self._texts.listing)}</h2>\n"
        for number, product in enumerate(products, 1):
            if product.listed:
                yield from self._list_of(number, product, is_open)

    def _list_of(self, number: int, product: Product, is_open: str) -> Iterator[str]:
        texts = self._texts
        count = self._counted(texts.count_of_files, product.count)
        yield f"<details{is_open}>\n<summary><h3>{self._name_of(product)}</h3> "
        yield f"<span>{count}, {self._formats.size(product.total_bytes)}</span></summary>\n"
        yield f'<table class="files" id="files-{number}">\n<thead>\n<tr><th scope="col">{escape(texts.file_name)}</th>'
        yield f'<th scope="col" class="number">{escape(texts.size)}</th>'
        yield f'<th scope="col" class="time">{escape(texts.last_changed)}</th></tr>\n</thead>\n<tbody>\n'
        yield from (self._row_of(product, file) for file in product.listed)
        yield "</tbody>\n</table>\n"
        if product.count > len(product.listed):
            yield f"<p>{self._counted(texts.unlisted, product.count - len(product.listed))}</p>\n"
        yield "</details>\n"

    def _row_of(self, product: Product, file: ListedFile) -> str:
        name = file.path.removeprefix(f"{product.folder}/") if product.folder else file.path
        return (
            f'<tr><th scope="row"><a href="{link_to(file.path)}">{shown(name)}</a></th>'
            f'<td class="number">{self._formats.size(file.size)}</td>'
            f'<td class="time">{_time(file.modified_at, self._formats.short(file.modified_at))}</td></tr>\n'
        )

    def _renamed(self) -> Iterator[str]:
        texts, contents = self._texts, self._facts.contents
        if not contents.renamed_count:
            return
        yield f"<h2>{escape(texts.renamed)}</h2>\n<p>{self._counted(texts.renamed_lead, contents.renamed_count)}</p>\n"
        yield f'<table>\n<thead>\n<tr><th scope="col">{escape(texts.original_name)}</th>'
        yield f'<th scope="col">{escape(texts.name_here)}</th></tr>\n</thead>\n<tbody>\n'
        yield from (f"<tr><td>{shown(one.name)}</td><td>{shown(one.path)}</td></tr>\n" for one in contents.renamed)
        yield f"</tbody>\n</table>\n<p>{_filled(texts.renamed_rest, file=_document(RENAMED))}</p>\n"

    def _checking(self) -> Iterator[str]:
        texts = self._texts
        names = {"sums": _document(SUMS), "receipt": _document(RECEIPT)}
        yield f"<h2>{escape(texts.checking)}</h2>\n<p>{_filled(texts.checking_lead, **names)}</p>\n"
        for system, command, result in (
            (texts.windows, _WINDOWS, texts.windows_result),
            (texts.macos, _MACOS, texts.unix_result),
            (texts.linux, _LINUX, texts.unix_result),
        ):
            yield f"<h3>{escape(system)}</h3>\n<pre><code>{escape(command)}</code></pre>\n<p>{escape(result)}</p>\n"
        yield f"<p>{_filled(texts.receipt, **names)}</p>\n"

    def _whom_to_ask(self) -> str:
        export = f"<code>{escape(self._facts.export_id)}</code>"
        if self._facts.reference is None:
            return _filled(self._texts.ask, export=export)
        reference = shown(self._facts.reference)
        return _filled(self._texts.ask_with_reference, reference=f"<strong>{reference}</strong>", export=export)

    def _name_of(self, product: Product) -> str:
        return shown(product.folder) if product.folder else escape(self._texts.no_folder)

    def _counted(self, texts: Counted, count: int) -> str:
        return _filled(self._formats.counted(texts, count), count=self._formats.number(count))

    def _long(self, moment: datetime) -> str:
        return _time(moment, self._formats.long(moment))


def shown(name: str) -> str:
    """A name or a path as HTML that can neither break out of its place nor hide or turn what stands around it.

    Characters that can't be seen are shown by their code points. Each part of a path has a direction of its own.
    """
    return "/<wbr>".join(_part(part) for part in name.split("/"))


def _part(part: str) -> str:
    written = "".join(_pieces(part))
    return written if part.isascii() else f"<bdi>{written}</bdi>"


def _pieces(part: str) -> Iterable[str]:
    if _INVISIBLE.isdisjoint(part):
        return (escape(part),)
    return (
        f'<code class="mark">U+{ord(letter):04X}</code>' if letter in _INVISIBLE else escape(letter) for letter in part
    )


def link_to(path: str) -> str:
    """A relative URL of a file in the unpacked folder. It begins with a dot, so that nothing in it can be a scheme."""
    return f"./{quote(path, safe='/', errors='replace')}"


def _document(name: str) -> str:
    return f'<a href="./{name}"><code>{name}</code></a>'


def _time(moment: datetime, text: str) -> str:
    return f'<time datetime="{to_iso(moment)}">{escape(text)}</time>'


def _filled(text: str, **fragments: str) -> str:
    """A text, escaped, with HTML in its placeholders."""
    return escape(text).format(**fragments)
