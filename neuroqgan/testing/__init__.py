"""Tests without IBM Quantum: its service on this machine, and a clock that waits for nobody.

`LoopbackService` speaks IBM Quantum's REST protocol to the unmodified qiskit-ibm-runtime client, so
that code that submits jobs can be tested offline and without cost, in this thread's process or, by
`ServiceProcess`, in one of its own. Its devices have the qubits, gates and calibration of the
snapshots that the client ships. A `Fault` makes one of the next answers go wrong. `FakeClock` makes
jobs finish, and waits end, when a test says so.

Nothing here needs a test framework; with pytest, a fixture takes four lines:

.. code-block:: python

    @pytest.fixture
    def service(monkeypatch):
        with LoopbackService(["ibm_fez"]) as service:
            for name, value in service.environment.items():
                monkeypatch.setenv(name, value)
            yield service

Examples
--------
>>> with LoopbackService(["ibm_fez"]) as service:
...     service.environment["QISKIT_IBM_CHANNEL"], service.created
('ibm_quantum_platform', 0)
"""

from neuroqgan.testing.clock import FakeClock as FakeClock
from neuroqgan.testing.faults import Fault as Fault
from neuroqgan.testing.loopback import LoopbackService as LoopbackService
from neuroqgan.testing.served_job import ServedJob as ServedJob
from neuroqgan.testing.service_process import ServiceProcess as ServiceProcess

__all__ = ["FakeClock", "Fault", "LoopbackService", "ServedJob", "ServiceProcess"]
