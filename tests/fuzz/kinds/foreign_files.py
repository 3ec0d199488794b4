"""Files of other programs: NWB, and what Neo reads."""

from __future__ import annotations

import random
import struct
import tempfile
from pathlib import Path

from tests.fuzz.kinds.matrix_files import numbers
from tests.fuzz.kinds.recordings import Options, reader
from tests.fuzz.kinds.samples import spikes, written
from tests.fuzz.target import Target

OPTIONS: tuple[Options, ...] = (
    {"bin_width": 0.1},
    {"bin_width": 0.1, "epochs": "none"},
    {"bin_width": 0.1, "align_to": "stimulus_onset", "before": 0.2, "after": 0.5},
    {"bin_width": 0.1, "units": 'quality == "good"'},
    {"bin_width": 0.1, "covariates": "all"},
    {},
)
_NEO: tuple[Options, ...] = (
    {},
    {"bin_width": 0.02},
    {"bin_width": 0.02, "start": 0.1, "stop": 0.3},
)


def _sessions() -> list[bytes]:
    from tests.data import nwb_files as lab

    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    lab.add_trials(nwbfile)
    lab.add_series(nwbfile)
    with tempfile.TemporaryDirectory() as folder:
        path = lab.write_file(Path(folder) / "session.nwb", nwbfile)
        return [path.read_bytes(), written(".nwb")]


def _nix() -> list[bytes]:
    from neo.io import NixIO

    from neuroqgan.raster import SpikeRaster

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.nix"
        file = NixIO(str(path), "ow")
        file.write_block(SpikeRaster(spikes(2), 0.02, ("a", "b")).to_neo())
        file.close()
        return [path.read_bytes()]


def _nev() -> list[bytes]:
    head = b"NEURALEV" + bytes([2, 3, 1, 0]) + (336).to_bytes(4, "little")
    head += (104).to_bytes(4, "little") + (30000).to_bytes(4, "little") * 2
    date = struct.pack("<8H", 2024, 1, 1, 2, 12, 0, 0, 0)
    head += date + b"fuzz".ljust(32, b"\0") + bytes(256) + (0).to_bytes(4, "little")
    packets = b"".join(
        (900 * n).to_bytes(4, "little") + (1 + n % 2).to_bytes(2, "little") + bytes(98)
        for n in range(1, 12)
    )
    return [head + packets]


def _nex() -> list[bytes]:
    head = b"NEX1" + (105).to_bytes(4, "little") + b"fuzz".ljust(256, b"\0")
    head += struct.pack("<diii", 1000.0, 0, 5000, 2) + bytes(260)
    variables, data = b"", b""
    for n in range(2):
        offset = 544 + 2 * 208 + n * 16
        variables += struct.pack("<iI", 0, 100) + f"unit{n}".encode().ljust(64, b"\0")
        variables += struct.pack("<Ii", offset, 4) + bytes(128)
        data += struct.pack("<4i", 100, 400, 900, 2000)
    return [head + variables + data]


def _noise(length: int) -> list[bytes]:
    rng = random.Random(length)
    return [bytes(length), rng.randbytes(length)]


def _neuralynx() -> list[bytes]:
    head = b"######## Neuralynx Data File Header\r\n## File Name C:\\x.nse\r\n"
    head += b"## Time Opened (m/d/y): 1/2/2020  (h:m:s.ms) 12:0:0.0\r\n"
    head += b"## Time Closed (m/d/y): 1/2/2020  (h:m:s.ms) 12:9:0.0\r\n-FileType Spike\r\n"
    head += b"-SamplingFrequency 32000\r\n"
    head += (
        b"-ADBitVolts 0.000000061\r\n-NumADChannels 1\r\n-AcqEntName SE1\r\n-InputRange 1000\r\n"
    )
    head += b"-WaveformLength 32\r\n-AlignmentPt 8\r\n-RecordSize 112\r\n"
    rows = b"".join((10**6 * n).to_bytes(8, "little") + bytes(104) for n in range(1, 6))
    return [head.ljust(16384, b"\0") + rows]


TARGETS = (
    Target(
        name="nwb",
        suffix=".nwb",
        seeds=_sessions,
        run=reader(OPTIONS),
        mutate=(numbers,),
        seconds=30.0,
        requires=("pynwb",),
    ),
    Target(
        name="nix",
        suffix=".nix",
        seeds=_nix,
        run=reader(_NEO),
        mutate=(numbers,),
        requires=("neo", "nixio"),
    ),
    Target(
        name="nev",
        suffix=".nev",
        seeds=_nev,
        run=reader(_NEO),
        mutate=(numbers,),
        requires=("neo",),
    ),
    Target(
        name="nex",
        suffix=".nex",
        seeds=_nex,
        run=reader(_NEO),
        mutate=(numbers,),
        requires=("neo",),
    ),
    Target(
        name="nse",
        suffix=".nse",
        seeds=_neuralynx,
        run=reader(_NEO),
        mutate=(numbers,),
        requires=("neo",),
    ),
    *(
        Target(
            name=suffix[1:],
            suffix=suffix,
            seeds=lambda: _noise(300),
            run=reader(_NEO),
            mutate=(numbers,),
            requires=("neo",),
        )
        for suffix in (".plx", ".smr", ".src")
    ),
)
