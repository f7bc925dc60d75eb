"""What stands in for Azure on a laptop."""
