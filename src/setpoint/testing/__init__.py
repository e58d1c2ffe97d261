"""Doubles and suites for tests of Setpoint and of what is built on it. Shipped, public, never imported by the product.

`clock` has a clock that a test moves by hand, `machine` machines that do what a test says, and `source_contract`
the suite that every source has to pass.
"""
