"""A simulated plant: `model` decides in simulated time, `source` runs it on the event loop."""

from setpoint.sources.simulator.model import Fault, Happened, Simulation
from setpoint.sources.simulator.settings import SimulatorSettings
from setpoint.sources.simulator.source import SimulatorSource

__all__ = ["Fault", "Happened", "Simulation", "SimulatorSettings", "SimulatorSource"]
