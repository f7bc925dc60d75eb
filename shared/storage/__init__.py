"""Azure Storage: tables, containers, SAS URLs and blobs."""
