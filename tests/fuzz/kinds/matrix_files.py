"""Files of MATLAB and HDF5, which are parsed in processes of their own."""

from __future__ import annotations

import io
import random
import tempfile
import zlib
from pathlib import Path

from tests.fuzz.kinds.recordings import reader
from tests.fuzz.kinds.samples import spikes, trains, written
from tests.fuzz.mutators import mutate_bytes
from tests.fuzz.target import Target


def _mats() -> list[bytes]:
    import numpy as np
    from scipy import io as files
    from scipy import sparse

    cells = trains()
    found = [written(".mat")]
    for held, more in (
        ({"spikes": spikes(), "bin_width": 0.02}, {}),
        ({"spikes": sparse.csc_array(spikes()[0].astype(float)), "bin_width": 0.02}, {}),
        ({"times": cells, "bin_width": 0.02}, {"do_compression": True}),
        ({"s": {"times": cells, "UID": [1, 2, 3]}, "x": "text"}, {}),
        ({"spikes": spikes()[0].astype(np.uint8)}, {"format": "4"}),
    ):
        buffer = io.BytesIO()
        files.savemat(buffer, held, **more)
        found.append(buffer.getvalue())
    return found


def _newer_mats() -> list[bytes]:
    from scipy import sparse

    from tests.data import matlab73

    cells = trains()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for held in (
            {"spikes": spikes(), "bin_width": 0.02},
            {"times": list(cells), "name": "text"},
            {"s": {"times": list(cells), "UID": [1, 2, 3]}},
            {"spikes": sparse.csc_array(spikes()[0].astype(float))},
        ):
            path = Path(folder) / "x.mat"
            matlab73.save(path, held)
            found.append(path.read_bytes())
    return found


def _hdf5s() -> list[bytes]:
    import h5py
    import numpy as np

    cells = trains()
    found = [written(".h5")]
    for number in range(3):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            if number == 0:
                file["session/counts"] = spikes()[0].astype(np.int16)
                file["session/counts"].attrs["bin_width"] = 0.02
                file["session/counts"].attrs["axes"] = "bins,neurons"
            elif number == 1:
                kind = h5py.vlen_dtype(np.float64)
                made = file.create_dataset("times", (3,), kind)
                for n, train in enumerate(cells):
                    made[n] = train
            else:
                rows = np.zeros(6, [("time", "f8"), ("neuron", "i4"), ("label", "S4")])
                rows["time"], rows["neuron"] = np.arange(6) * 0.1, np.arange(6) % 2
                file["spikes"] = rows
                file["link"] = h5py.ExternalLink("/etc/passwd", "/x")
                file["soft"] = h5py.SoftLink("/spikes")
        found.append(buffer.getvalue())
    return found


def compressed_variable(data: bytes, rng: random.Random) -> bytes:
    """Change a compressed variable of a MATLAB file, and close it again with a right checksum."""
    at, kinds = 128, []
    while at + 8 <= len(data):
        kind, length = (int.from_bytes(data[at + n : at + n + 4], "little") for n in (0, 4))
        if kind == 15:
            kinds.append((at, length))
        at += 8 + length
    if not kinds:
        return mutate_bytes(data, rng)
    at, length = rng.choice(kinds)
    try:
        inner = zlib.decompress(data[at + 8 : at + 8 + length])
    except zlib.error:
        return mutate_bytes(data, rng)
    packed = zlib.compress(numbers(inner, rng))
    head = (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little")
    return data[:at] + head + packed + data[at + 8 + length :]


def numbers(data: bytes, rng: random.Random) -> bytes:
    """Change one of the numbers of four or eight bytes, as lengths and types are."""
    if len(data) < 16 or rng.random() < 0.4:
        return mutate_bytes(data, rng)
    width = rng.choice((1, 2, 4, 8))
    at = rng.randrange(len(data) // width) * width
    number = rng.choice(
        (0, 1, 2, 7, 127, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**64 - 1)
    )
    word = (number % 2 ** (8 * width)).to_bytes(width, "little")
    return data[:at] + word + data[at + width :]


TARGETS = (
    Target(
        name="mat",
        suffix=".mat",
        seeds=_mats,
        run=reader(),
        mutate=(compressed_variable, numbers),
    ),
    Target(name="mat73", suffix=".mat", seeds=_newer_mats, run=reader(), mutate=(numbers,)),
    Target(name="hdf5", suffix=".h5", seeds=_hdf5s, run=reader(), mutate=(numbers,)),
)
