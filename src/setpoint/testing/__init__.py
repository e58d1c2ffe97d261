"""Doubles and suites for tests of Setpoint and of code built on it. Shipped, public, never imported by the
product.

`clock` has a clock that a test moves by hand, `machine` machines that do what a test says, `recorder` a sink that
remembers, and `source_contract` the suite that every source has to pass.
"""

from setpoint.testing.clock import ManualClock
from setpoint.testing.machine import FakeMachine
from setpoint.testing.recorder import Recorder
from setpoint.testing.source_contract import SourceContract, SourceRig

__all__ = ["FakeMachine", "ManualClock", "Recorder", "SourceContract", "SourceRig"]
