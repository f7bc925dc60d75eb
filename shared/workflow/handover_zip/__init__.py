"""Makes a package: what its files and documents are, and how its zips are put together."""
