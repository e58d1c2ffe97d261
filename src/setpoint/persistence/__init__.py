"""Storage: batches and their outcomes, revs, events, the audit, and the original workbooks.

`base` is the interface, `memory` keeps nothing beyond the process, `sql` speaks to SQLite (the embedded default) or
PostgreSQL (by URL); the tables are made and moved by `migrations`.
"""
