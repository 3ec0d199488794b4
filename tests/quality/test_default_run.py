"""How good the rasters of ``neuroqgan run --backend aer`` are, with nothing else set.

Three seeds of the training gave, with the default settings (simulated recording, whose time in the
trial is used; 2,000 windows), with the C2ST of the panel's best judge:

    seed   C2ST   rate  cov.  k-prob.  autocov.  lag-1  ISI   entropy  triplets  PSTH
    0      0.522  1.22  1.21  1.38     1.37      1.29   1.93  1.08     1.10      0.980
    1      0.517  0.89  0.94  0.65     1.39      1.30   1.98  0.41     1.06      0.976
    2      0.507  1.75  1.37  2.36     1.17      1.22   2.08  2.61     0.86      0.978

A limit is the highest of the three plus twice their range, and for the share of the PSTHs' ceiling
the lowest minus that; the C2ST has the limit that the project set itself.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

C2ST = 0.54
PSTH_SHARE = 0.968
RATIOS = {
    "spike_probability": 3.48,
    "pair_covariance": 2.22,
    "k_probability": 5.77,
    "autocovariance": 1.83,
    "lag1_cross_covariance": 1.47,
    "inter_spike_interval": 2.38,
    "pattern_entropy": 7.01,
    "triplet_correlation": 1.60,
}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_default_run_is_as_close_as_it_was() -> None:
    # In a process of its own, as a user starts it.
    command = [sys.executable, "-m", "neuroqgan", "run", "--backend", "aer", "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    evaluation = json.loads(done.stdout)["evaluation"]
    assert evaluation["n_generated"] == 2000
    assert evaluation["c2st"]["accuracy"] < C2ST
    assert evaluation["conditional"]["psth"]["share"] > PSTH_SHARE
    found = {key: row["ratio"] for key, row in evaluation["statistics"].items()}
    too_far = {key: found[key] for key, limit in RATIOS.items() if not found[key] < limit}
    assert not too_far
    assert evaluation["memorisation"]["memorised"] is False
