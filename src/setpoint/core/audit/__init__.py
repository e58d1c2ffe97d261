"""What is recorded for good: facts, each chained to the one before it.

`changes` is all that is stored, `chain` makes its facts and their hashes, `replay` holds the tables against them,
`retention` says what is kept how long, and `queries` what can be asked of the past.
"""
