"""Odd workbooks from a seed, read by both languages: both get the same result, and it is what was written.

    python -m tests.fuzz [--files 10000] [--seed N] [--office]

`choice` makes decisions that can be taken back one by one, `tables` says what a sheet holds, `xlsx`, `records` and
`ods` write it down in odd ways, and `__main__` compares. What fails is shrunk to the oddities that it takes and kept in
``build/fuzz``; it becomes a file in ``tests/workbooks/files`` or a test of its own.
"""
