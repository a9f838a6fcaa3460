"""A stand-in of Replicate's HTTP API that can be told to misbehave; see README.md beside this file."""

from basepool.simulator.app import create_app
from basepool.simulator.config import AccountConfig, SimulatorConfig
from basepool.simulator.raw import RawAnswer
from basepool.simulator.server import SimulatorServer

__all__ = ["AccountConfig", "RawAnswer", "SimulatorConfig", "SimulatorServer", "create_app"]
