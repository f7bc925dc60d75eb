"""What each thing that happens makes of an export: a value in, a value out."""
