"""What the service costs and what it holds, measured: `make bench` writes docs/performance.md.

Each module that measures has `measure(say)`, which gives the rows of the table and calls `say` with a line of progress.
"""
