"""Odd workbooks from a seed. Both languages must read the same result, which equals what was written.

    python -m tests.fuzz [--files 10000] [--seed N] [--office]

`choice` makes decisions that can be removed one by one. `tables` makes the content of a sheet. `xlsx`, `records` and
`ods` write it in odd ways, and `__main__` compares. It shrinks a failure to the necessary oddities and keeps it in
``build/fuzz``. Each failure becomes a file in ``tests/workbooks/files`` or a test of its own.
"""
