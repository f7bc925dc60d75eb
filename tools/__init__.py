"""What developers run: it is part of neither the product nor its stand-ins."""
