"""The four-eyes principle: a batch that waits until somebody else has confirmed it.

`approvals` decides who may confirm and what waits; `effects` is what is stored of it.
"""
