"""The texts of a hand-over package for the person, one module for each language."""
