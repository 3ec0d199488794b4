"""A loopback server that speaks IBM Quantum's REST protocol to the unmodified client."""

from tests.service.faults import Fault
from tests.service.jobs import ServedJob
from tests.service.process import ServiceProcess
from tests.service.service import LoopbackService

__all__ = ["Fault", "LoopbackService", "ServedJob", "ServiceProcess"]
