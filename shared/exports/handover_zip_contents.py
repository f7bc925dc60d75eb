"""What the documents of a hand-over package say of its files: totals of each product, and the first names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import File

MOST_PRODUCTS = 100
"""How many products are counted one by one. Microsoft's exports have about twenty; the rest is counted together."""
MOST_LISTED = 5_000
"""How many files are listed in all."""
MOST_LISTED_OF_A_PRODUCT = 200
MOST_RENAMED = 100
"""How many changed names are listed; `renamed-files.json` has all."""
MOST_CHARACTERS = 500_000
"""Of all names that are kept. It bounds the memory, and the page, when every name is as long as storage takes."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of the package that the page links to."""

    path: str
    """In the zip, with slashes."""
    size: int
    """In bytes."""
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """A file whose name in the zip is not that in the export."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Product:
    """The files in one top folder of the package."""

    folder: str
    """Empty for the files outside all folders."""
    count: int
    total_bytes: int
    listed: tuple[ListedFile, ...]
    """The first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All files of a package, counted, and the first of them."""

    products: tuple[Product, ...] = ()
    """In the order in which the manifest has them first."""
    other_count: int = 0
    """Files of the products beyond `MOST_PRODUCTS`."""
    other_bytes: int = 0
    count: int = 0
    total_bytes: int = 0
    unhashed_count: int = 0
    """Files without a SHA-256, which `SHA256SUMS` leaves out."""
    renamed_count: int = 0
    renamed: tuple[RenamedFile, ...] = ()
    """The first ones."""


@dataclass(slots=True)
class _Tally:
    count: int = 0
    total_bytes: int = 0
    listed: list[ListedFile] = field(default_factory=list)

    def count_in(self, file: File) -> None:
        self.count += 1
        self.total_bytes += file.size


class ContentsTally:
    """Counts the files of a manifest, one after the other, in memory that does not grow with their number."""

    def __init__(self) -> None:
        self._all, self._other = _Tally(), _Tally()
        self._products: dict[str, _Tally] = {}
        self._renamed: list[RenamedFile] = []
        self._renamed_count = self._unhashed = self._listed = self._characters = 0

    def add(self, path: str, file: File) -> None:
        """Counts the next line of the manifest.

        Args:
            path: the file's name in the zip.
            file: the line, with the file's name in the export.
        """
        self._all.count_in(file)
        self._unhashed += file.sha256 is None
        product = self._product(path)
        product.count_in(file)
        if product is not self._other and len(product.listed) < MOST_LISTED_OF_A_PRODUCT and self._has_room(path):
            product.listed.append(ListedFile(path, file.size, file.modified_at))
            self._listed += 1
        if path != file.name:
            self._renamed_count += 1
            if len(self._renamed) < MOST_RENAMED:
                self._renamed.append(RenamedFile(file.name, path))

    def contents(self) -> Contents:
        """What was counted so far."""
        return Contents(
            products=tuple(
                Product(folder, one.count, one.total_bytes, tuple(one.listed)) for folder, one in self._products.items()
            ),
            other_count=self._other.count,
            other_bytes=self._other.total_bytes,
            count=self._all.count,
            total_bytes=self._all.total_bytes,
            unhashed_count=self._unhashed,
            renamed_count=self._renamed_count,
            renamed=tuple(self._renamed),
        )

    def _product(self, path: str) -> _Tally:
        folder, slash, _ = path.partition("/")
        folder = folder if slash else ""
        if folder not in self._products and len(self._products) == MOST_PRODUCTS:
            return self._other
        return self._products.setdefault(folder, _Tally())

    def _has_room(self, path: str) -> bool:
        """Whether another name may be listed; it then counts towards the bound."""
        if self._listed == MOST_LISTED or self._characters + len(path) > MOST_CHARACTERS:
            return False
        self._characters += len(path)
        return True
