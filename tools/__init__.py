"""What developers run: neither the product nor its stand-ins."""
