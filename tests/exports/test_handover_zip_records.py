"""The records of a zip, byte by byte, and where each value moves to ZIP64."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.exports.handover_zip_records import ZipEntry, directory_line, ending, header, header_size

FITS_32 = 2**32 - 2
"""The largest number of 32 bits that needs no ZIP64."""
ENTRY = ZipEntry(7, "é", 5, 0x12345678, datetime(2026, 11, 26, 13, 59, 59, tzinfo=UTC))
TIME = "7d6f 7a5d"
"""13:59:58 on 26 November 2026, as MS-DOS has it: 5 + 6 + 5 bits, then 7 (from 1980) + 4 + 5."""
LARGE = ZipEntry(1, "x", 2**32, 0, ENTRY.modified_at)


def test_a_header_has_all_that_is_known_of_the_file() -> None:
    fields = f"504b0304 1400 0008 0000 {TIME} 78563412 05000000 05000000 0200 0000"
    assert header(ENTRY) == bytes.fromhex(fields) + "é".encode()


def test_a_line_of_the_directory_has_the_same_and_the_place() -> None:
    fields = (
        f"504b0102 2d03 1400 0008 0000 {TIME} 78563412 05000000 05000000 0200 0000 0000 0000 0000 00008081 39300000"
    )
    assert directory_line(ENTRY, 12345) == bytes.fromhex(fields) + "é".encode()


def test_a_large_file_has_both_sizes_in_zip64() -> None:
    extra = "0100 1000 0000000001000000 0000000001000000"
    fields = f"504b0304 2d00 0008 0000 {TIME} 00000000 ffffffff ffffffff 0100 1400"
    assert header(LARGE) == bytes.fromhex(fields) + b"x" + bytes.fromhex(extra)
    fields = (
        f"504b0102 2d03 2d00 0008 0000 {TIME} 00000000 ffffffff ffffffff 0100 1400 0000 0000 0000 00008081 01000000"
    )
    assert directory_line(LARGE, 1) == bytes.fromhex(fields) + b"x" + bytes.fromhex(extra)


@pytest.mark.parametrize("size", [0, FITS_32, FITS_32 + 1])
def test_the_size_of_a_header_is_known_without_it(size: int) -> None:
    entry = ZipEntry(1, "é/x", size, 0, ENTRY.modified_at)
    assert header_size(entry) == len(header(entry))


@pytest.mark.parametrize(
    ("size", "offset", "extra"),
    [
        (FITS_32, FITS_32, ""),
        (FITS_32, FITS_32 + 1, "0100 0800 ffffffff00000000"),
        (FITS_32 + 1, FITS_32, "0100 1000 ffffffff00000000 ffffffff00000000"),
        (2**32, 2**33, "0100 1800 0000000001000000 0000000001000000 0000000002000000"),
    ],
)
def test_only_what_does_not_fit_is_in_zip64(size: int, offset: int, extra: str) -> None:
    line = directory_line(ZipEntry(1, "x", size, 0, ENTRY.modified_at), offset)
    assert line[47:] == bytes.fromhex(extra)
    assert line[6] == (45 if extra else 20), "the version that a reader needs"


PLAIN_ENDING = "504b0506 0000 0000 feff feff feffffff feffffff 0000"


@pytest.mark.parametrize(
    ("entries", "offset", "size", "last"),
    [
        (0xFFFE, FITS_32, FITS_32, PLAIN_ENDING),
        (0xFFFF, 3, 2, "504b0506 0000 0000 ffff ffff 02000000 03000000 0000"),
        (1, FITS_32 + 1, 2, "504b0506 0000 0000 0100 0100 02000000 ffffffff 0000"),
        (1, 3, 2**32, "504b0506 0000 0000 0100 0100 ffffffff 03000000 0000"),
    ],
)
def test_the_ending_has_zip64_where_a_number_does_not_fit(entries: int, offset: int, size: int, last: str) -> None:
    written = ending(entries, offset, size)
    assert written[-22:] == bytes.fromhex(last)
    assert len(written) == (22 if last == PLAIN_ENDING else 22 + 56 + 20)


def test_the_ending_of_zip64_says_where_everything_is() -> None:
    record = "504b0606 2c00000000000000 2d03 2d00 00000000 00000000 7011010000000000 7011010000000000"
    where = "0200000000000000 0300000000000000"
    locator = "504b0607 00000000 0500000000000000 01000000"
    assert ending(70_000, 3, 2)[:-22] == bytes.fromhex(record + where + locator)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(1979, 12, 31, tzinfo=UTC), datetime(1980, 1, 1, tzinfo=UTC)),
        (datetime(1601, 1, 1, tzinfo=UTC), datetime(1980, 1, 1, tzinfo=UTC)),
        (datetime(2000, 2, 29, 23, 59, 59, 999, tzinfo=UTC), datetime(2000, 2, 29, 23, 59, 58, tzinfo=UTC)),
        (datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        (datetime(2108, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)),
    ],
)
def test_a_time_is_the_nearest_in_utc_that_there_is(moment: datetime, shown: datetime) -> None:
    time, date = (int.from_bytes(header(ZipEntry(1, "x", 0, 0, moment))[at : at + 2], "little") for at in (10, 12))
    day = datetime(1980 + (date >> 9), date >> 5 & 15, date & 31, tzinfo=UTC)
    assert day + timedelta(hours=time >> 11, minutes=time >> 5 & 63, seconds=(time & 31) * 2) == shown
