"""What callers may ask for, one function each."""
