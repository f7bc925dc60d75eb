"""What the demonstration shows of storage."""

from datetime import UTC, datetime

from azure.data.tables import EdmType, EntityProperty

from local.demo.storage_evidence import StorageEvidence

EVIDENCE = StorageEvidence(
    name="Adele",
    container="c-1",
    row={
        "status": "Succeeded",
        "totalBytes": EntityProperty(17809, EdmType.INT64),
        "completedDateTime": datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC),
        "attempts": '[{"number":1}]',
        "note": "{not JSON",
    },
    files=[("RequestInfo.json", 478), ("OneDrive/a.txt", 1200)],
)


def test_every_column_and_every_file_is_shown() -> None:
    assert EVIDENCE.text() == (
        "Adele: the row in the table Exports\n"
        "  attempts           \n"
        "      [\n"
        "        {\n"
        '          "number": 1\n'
        "        }\n"
        "      ]\n"
        "  completedDateTime  2026-11-22T01:02:03+00:00\n"
        "  note               {not JSON\n"
        "  status             Succeeded\n"
        "  totalBytes         17809\n"
        "\n"
        "Adele: the files in c-1\n"
        "        478 bytes  RequestInfo.json\n"
        "      1,200 bytes  OneDrive/a.txt"
    )


def test_request_info_alone_is_not_data() -> None:
    assert EVIDENCE.has_data
    assert not StorageEvidence("Adele", "c-1", {}, [("RequestInfo.json", 478)]).has_data
    assert not StorageEvidence("Adele", "c-1", {}, []).has_data
