"""Folders of spike sorters, and sortings that SpikeInterface saved."""

from __future__ import annotations

import json
import random

from tests.fuzz.folders import pack
from tests.fuzz.kinds.numpy_files import npy
from tests.fuzz.kinds.recordings import Options, reader
from tests.fuzz.kinds.tables import cells
from tests.fuzz.mutators import in_json, in_zip, mutate_bytes, npy_header
from tests.fuzz.target import Target

OPTIONS: tuple[Options, ...] = (
    {"bin_width": 0.02},
    {"bin_width": 0.02},
    {"bin_width": 0.02, "units": 'group == "good"'},
    {"bin_width": 0.02, "time_unit": "samples", "sampling_rate": 30000.0},
    {"bin_width": 0.02, "start": 0.1, "stop": 0.5},
    {"bin_width": 0.02, "units": "1,2"},
)


def _folders() -> list[bytes]:
    import numpy as np

    times = np.arange(1, 31, dtype=np.int64) * 1000
    clusters = np.arange(30, dtype=np.int32) % 3
    tables = {
        "params.py": b"dat_path = 'x.dat'\nn_channels_dat = 4\nsample_rate = 30000.\n",
        "cluster_group.tsv": b"cluster_id\tgroup\n0\tgood\n1\tnoise\n2\tmua\n3\tgood\n",
        "cluster_info.tsv": b"cluster_id\tdepth\tgroup\n0\t1.5\tgood\n1\t2\tnoise\n2\t\tmua\n",
    }
    pair = {"spike_times.npy": npy(times[:, None]), "spike_clusters.npy": npy(clusters)}
    return [pack(pair | tables), pack(pair | {"params.py": b"sample_rate = 3e4"}), pack(pair)]


def _sortings() -> list[bytes]:
    import numpy as np

    kind = [("sample_index", "i8"), ("unit_index", "i8"), ("segment_index", "i8")]
    rows = np.zeros(30, kind)
    rows["sample_index"], rows["unit_index"] = np.arange(1, 31) * 900, np.arange(30) % 3
    rows["segment_index"] = np.arange(30) // 15
    info = {"sampling_frequency": 30000.0, "unit_ids": ["a", "b", "c"], "num_segments": 2}
    about = {"class": "x.NumpyFolder", "annotations": {"bin_width": 0.02, "n_bins": 40}}
    base = {"spikes.npy": npy(rows), "numpysorting_info.json": json.dumps(info).encode()}
    more = {
        "si_folder.json": json.dumps(about).encode(),
        "properties/group.npy": npy(np.array(["good", "mua", "noise"])),
    }
    return [pack(base), pack(base | more)]


def _file(name: str, content: bytes, rng: random.Random) -> bytes:
    by_suffix = {"npy": npy_header, "json": in_json, "tsv": cells}
    chosen = by_suffix.get(name.rpartition(".")[2], mutate_bytes)
    return rng.choice((chosen, chosen, mutate_bytes))(content, rng)


_CHANGE = in_zip(change=_file)

TARGETS = (
    Target(
        name="sorter",
        suffix="",
        seeds=_folders,
        run=reader(OPTIONS),
        mutate=(_CHANGE,),
        folder=True,
    ),
    Target(
        name="sorting",
        suffix="",
        seeds=_sortings,
        run=reader(OPTIONS),
        mutate=(_CHANGE,),
        folder=True,
    ),
)
