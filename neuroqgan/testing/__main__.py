"""Run the service as a process: `python -m neuroqgan.testing --ready-file FILE`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from pathlib import Path

# Here and not where circuits are first read: qiskit crashes now and then where a thread of a
# request, which is gone soon after, was the first to import it.
import qiskit  # noqa: F401

from neuroqgan.testing.loopback import LoopbackService


def main() -> None:
    """Start the service, write what leads a client to it, and run until a signal arrives."""
    parser = argparse.ArgumentParser(prog="python -m neuroqgan.testing")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--devices", nargs="+", default=["ibm_brisbane", "ibm_fez"])
    parser.add_argument("--draw", choices=["random", "simulate"], default="random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--delay", type=float)
    parser.add_argument("--polls", type=int, default=1)
    parser.add_argument("--no-auto", action="store_true")
    parser.add_argument("--plan", default="open")
    parser.add_argument("--submissions-per-minute", type=int)
    parser.add_argument("--no-mocks", action="store_true")
    given = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    service = LoopbackService(
        given.devices,
        given.draw,
        not given.no_auto,
        given.seed,
        delay=given.delay,
        polls=given.polls,
        port=given.port,
        plan=given.plan,
        submissions_per_minute=given.submissions_per_minute,
        mocks=not given.no_mocks,
    )
    with service:
        # Renamed when complete, so that whoever waits for the file never reads half of it.
        partial = given.ready_file.with_suffix(".partial")
        partial.write_text(json.dumps(service.environment), encoding="utf-8")
        os.replace(partial, given.ready_file)  # noqa: PTH105
        stopped.wait()


if __name__ == "__main__":
    main()
