"""The audit: facts that are recorded for good, each chained to the one before it.

`changes` has everything that is stored, `chain` makes facts and their hashes, `replay` compares the tables with them,
`retention` says how long records are kept, and `queries` has the queries of the past.
"""
