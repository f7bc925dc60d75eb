"""What each step of an export does: the calls it makes, and the change that comes of them."""
