"""An app whose functions show what the host does with requests and responses."""
