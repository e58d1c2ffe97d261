"""HTTP as types: requests, answers and problems, each described once, for the server, its documents and clients.

problems   why a request was refused
batches    giving targets, and what became of them
machines   events, changes, the last ten minutes
plant      what there is
sign_in    who am I; sessions, links and tokens
people     what administrators do for others; the security log
pages      lists, a page at a time
"""
