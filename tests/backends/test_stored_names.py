"""Names that are on users' disks, or in the hash of their requests, stay what they were."""

from __future__ import annotations

import json

import numpy as np

from neuroqgan.backends.layout import Layout
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.page_layout import PageLayout, TileLayout
from neuroqgan.jobs.request import Request
from tests.backends.test_devices import pattern_program


def test_a_layout_of_the_released_version_is_read() -> None:
    value = {
        "format": 2,
        "bit_order": "column i of a page is classical bit i; tiles follow one another",
        "n_bins": 4,
        "n_neurons": 1,
        "bin_width": 0.02,
        "across": 2,
        "pages": [
            {
                "tiles": [
                    {"neurons": [0] * 4, "bins": [0], "qubits": [1] * 4, "offsets": [0, 1, 2, 3]}
                ]
            }
        ],
    }
    layout = Layout.from_dict(value)
    assert layout.samples_per_shot == 2
    raster = layout.decode([np.array([[1, 0, 0, 1]], bool)])
    assert raster.spikes[..., 0].tolist() == [[True, False], [False, True]]


def test_the_released_version_reads_our_layouts() -> None:
    tile = TileLayout((0, 0), (0,), (), (0, 1))
    stored = json.loads(json.dumps(Layout((PageLayout((tile,)),), 2, 1, 0.02, 2).to_dict()))
    assert (stored["format"], stored["across"]) == (2, 2)
    assert Layout.from_dict(stored) == Layout((PageLayout((tile,)),), 2, 1, 0.02, 2)


def test_requests_keep_the_hash_that_they_had_when_released() -> None:
    program = pattern_program(np.eye(4, dtype=bool).reshape(1, 4, 4), (4,), n_layers=2)
    usual = Request(program, "aer", 7)
    placed = Request(program, "ibm_fez", 7, JobOptions(twirling="gates"), Placement(2, 1))
    assert usual.request_hash == "eed0b82a72827ed51fe3c8250b0a9632560171057bcfe31dfaf717430788bbc7"
    assert placed.request_hash == "97fc7cdb07aa9aec7ee4498d470f2c6d94de61af124def4fca811c688d2fbd79"
