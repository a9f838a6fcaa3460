"""A stand-in of Replicate's HTTP API that can be told to misbehave; see README.md beside this file."""

from glue.simulator.app import create_app
from glue.simulator.config import AccountConfig, SimulatorConfig
from glue.simulator.server import SimulatorServer

__all__ = ["AccountConfig", "SimulatorConfig", "SimulatorServer", "create_app"]
