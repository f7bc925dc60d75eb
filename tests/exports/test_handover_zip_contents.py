"""What the documents say of the files: counted whole, listed in bounds."""

import tracemalloc

from shared.exports.handover_zip_contents import (
    MOST_CHARACTERS,
    MOST_LISTED,
    MOST_LISTED_OF_A_PRODUCT,
    MOST_PRODUCTS,
    MOST_RENAMED,
    Contents,
    ContentsTally,
    ListedFile,
    Product,
    RenamedFile,
)
from tests.exports.package_samples import file, tally


def test_nothing_is_counted_at_first() -> None:
    assert ContentsTally().contents() == Contents()


def test_files_are_counted_by_their_top_folder() -> None:
    contents = tally({"B/x/1": 10, "a.txt": 1, "A/2": 3, "B/3": 5}).contents()
    assert [(one.folder, one.count, one.total_bytes) for one in contents.products] == [
        ("B", 2, 15),
        ("", 1, 1),
        ("A", 1, 3),
    ]
    assert (contents.count, contents.total_bytes, contents.other_count) == (4, 19, 0)
    assert contents.products[2] == Product("A", 1, 3, (ListedFile("A/2", 3, file("A/2").modified_at),))


def test_files_without_a_hash_are_counted() -> None:
    counted = tally({"a": 1})
    counted.add("b", file("b", sha256=None))
    assert counted.contents().unhashed_count == 1


def test_changed_names_are_counted_and_the_first_ones_kept() -> None:
    counted = tally({"kept": 1})
    for number in range(MOST_RENAMED + 5):
        counted.add(f"{number}_", file(f"{number}:"))
    contents = counted.contents()
    assert contents.renamed_count == MOST_RENAMED + 5
    assert contents.renamed[0] == RenamedFile("0:", "0_")
    assert len(contents.renamed) == MOST_RENAMED


def test_the_first_files_of_a_product_are_listed() -> None:
    (product,) = tally({f"P/{number:04}": 1 for number in range(MOST_LISTED_OF_A_PRODUCT + 1)}).contents().products
    assert product.count == MOST_LISTED_OF_A_PRODUCT + 1
    assert [one.path for one in product.listed] == [f"P/{number:04}" for number in range(MOST_LISTED_OF_A_PRODUCT)]


def test_products_beyond_the_most_are_counted_together() -> None:
    counted = tally({f"{number}/a": 1 for number in range(MOST_PRODUCTS)} | {"y/a": 2, "z/a": 3, "0/b": 1})
    contents = counted.contents()
    assert len(contents.products) == MOST_PRODUCTS
    assert (contents.other_count, contents.other_bytes) == (2, 5)
    assert contents.products[0].count == 2
    assert contents.count == MOST_PRODUCTS + 3


def test_no_more_files_than_the_most_are_listed_in_all() -> None:
    names = [f"{product}/{number:03}" for product in range(40) for number in range(MOST_LISTED_OF_A_PRODUCT)]
    products = tally(dict.fromkeys(names, 1)).contents().products
    assert sum(len(one.listed) for one in products) == MOST_LISTED
    assert sum(one.count for one in products) == len(names)


def test_the_memory_is_bounded_however_many_and_long_the_names_are() -> None:
    tracemalloc.start()
    counted = ContentsTally()
    for number in range(20_000):
        counted.add(f"{number % 1_000}/{number:06}{'ü' * 900}", file(f"{number % 1_000}/{number:06}:{'ü' * 900}"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    listed = [one.path for product in counted.contents().products for one in product.listed]
    assert MOST_CHARACTERS - 1_000 < sum(map(len, listed)) <= MOST_CHARACTERS
    assert peak < 3_000_000
