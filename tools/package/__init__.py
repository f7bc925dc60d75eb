"""The deployment package: a zip that Flex Consumption runs as it is, without what is never imported."""
