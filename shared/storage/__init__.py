"""Azure Storage: the containers that exports land in, the grants on them, and the records of it all."""
