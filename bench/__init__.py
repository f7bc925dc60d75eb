"""Measures what the service costs and how much it can take: `make bench` writes docs/performance.md.

Each module that measures has `measure(say)`: it returns rows of the table, and calls `say` with lines of progress.
"""
