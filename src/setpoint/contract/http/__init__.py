"""HTTP as types: requests, answers and problems, each described once, for the server, its documents and clients.

problems   why a request was refused
batches    sending targets, and their outcomes
machines   events, changes, the last ten minutes
plant      the description of the plant
sign_in    the current person; sessions, links and tokens
people     administration of accounts; the security log
pages      lists, one page at a time
"""
