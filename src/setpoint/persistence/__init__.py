"""Storage: batches and their outcomes, revs, events, the audit, and the original workbooks.

`base` is the interface, `memory` stores nothing beyond the process, `sql` uses SQLite (the embedded default) or
PostgreSQL (by URL). `migrations` create and update the tables.
"""
