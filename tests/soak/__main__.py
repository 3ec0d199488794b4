"""Many jobs and several clients on one store, for a long time: memory, speed, and no job lost.

    python -m tests.soak --jobs 5000 --clients 8 --minutes 25

The service is the one on this machine (`neuroqgan.testing`); now and then its answer to a
submission is lost, so that jobs have to be recovered. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.soak.soaking import Soak


def main() -> int:
    """Soak, and return 1 if a job was lost or sent twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--folder", type=Path, help="where reports and the store go [a new one]")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as scratch:
        soak = Soak(given.folder or Path(scratch), n_jobs=given.jobs, n_clients=given.clients)
        found = soak.run(60 * given.minutes)
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if any(found["faults"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
