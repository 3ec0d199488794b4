"""Tables: text, Parquet and Excel, of spike times, of bins and of covariates."""

from __future__ import annotations

import bz2
import datetime as dt
import functools
import gzip
import io
import lzma
import random
from decimal import Decimal
from typing import Any

from tests.fuzz.kinds.recordings import OFTEN, Options, covariates, reader
from tests.fuzz.kinds.samples import written
from tests.fuzz.mutators import NUMBERS, in_zip, mutate_bytes
from tests.fuzz.target import Target

OPTIONS: tuple[Options, ...] = (
    *OFTEN,
    {"bin_width": 0.02, "time_unit": "ms"},
    {"bin_width": 0.02, "time_unit": "samples", "sampling_rate": 30000.0},
    {"bin_width": 0.02, "axes": "bins,neurons"},
    {"bin_width": 0.02, "start": 0.1, "stop": 0.5, "counts": "refuse"},
    {"bin_width": 0.02, "time_column": "0", "neuron_column": "1"},
)

_TEXTS = (
    "time,neuron,trial\n0.1,a,0\n0.25,b,0\n0.3,a,1\n0.41,b,1\n",
    "Time (ms);Unit;Trial\n100,5;u_1;1\n220,25;u_2;1\n310,5;u_10;2\n",
    "spike_time\tcluster_id\n3000\t4\n4500\t-1\n9000\t4\n12000\t7\n",
    "# a comment\nsep=|\ntime|neuron|trial_start|trial_end\n1.5|a|1|2\n2.25|b|2|3\n",
    "time neuron\n0.1 a\n0.2 b\n0.35 a\n",
    '"time","neuron"\n"00:00:01.5","a, b"\n"1e-3","c""d"\n',
    "a,b\n0,1\n1,0\n0,0\n2,1\n0,1\n",
)
_COVARIATES = (
    "speed,x\n0.5,1\n0.75,3\n0.25,4\n",
    "trial;bin;speed;x\n0;0;0,5;1\n0;1;0,75;3\n1;0;1e3;true\n1;1;;nan\n",
    "time\tspeed\n0.0\t1\n0.1\t2\n0.2\t4\n",
)
_CELLS = (
    *NUMBERS, b"", b" ", b"1e9", b"1e17", b"1e-17", b"-5", b"01:02:03", b"2024-01-01", b"NaT",
    b"1,5", b"1.000,5", b'"', b'""', b"'", b"#", b"sep=;", b"True", b"9" * 5000, b"_" * 5000,
    b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b[2J", b"\0", b"=1+1", b"time", b"neuron", b"trial_end",
    b"1" * 400 + b".5", b"0x1f", b"1_0",
)  # fmt: skip


def cells(data: bytes, rng: random.Random) -> bytes:
    """Change, double or drop a cell, row or column of a table."""
    mark = max((b",", b";", b"\t", b"|", b" "), key=data.count)
    rows = [row.split(mark) for row in data.split(b"\n")]
    row = rng.choice(rows)
    kind = rng.randrange(7)
    if kind == 0:
        rows.insert(rng.randrange(len(rows) + 1), list(row))
    elif kind == 1:
        rows.remove(row)
    elif kind == 2:
        row.insert(rng.randrange(len(row) + 1), rng.choice(_CELLS))
    elif kind == 3:
        del row[rng.randrange(len(row))]
    elif kind == 4 and len(rows) > 2:
        at = rng.randrange(len(row))
        for other in rows[1:]:
            if at < len(other):
                other[at] = rng.choice(_CELLS[:30])
    elif kind == 5:
        return data.replace(mark, rng.choice((b",", b";", b"\t", b"|", b" ")))
    else:
        row[rng.randrange(len(row))] = rng.choice(_CELLS)
    return b"\n".join(mark.join(row) for row in rows)


def _packed(pack: Any, unpack: Any) -> Any:
    # What it unpacks to is hundreds or thousands of times its size.
    bomb = functools.cache(lambda: pack(b"0" * 2**28))

    def mutate(data: bytes, rng: random.Random) -> bytes:
        try:
            inner = unpack(data)
        except Exception:  # noqa: BLE001  # an input that was compressed once
            return mutate_bytes(data, rng)
        changed = pack(cells(inner[:100_000], rng))
        return bytes(changed + bomb()) if rng.random() < 0.003 else bytes(changed)

    return mutate


def _texts() -> list[bytes]:
    return [text.encode() for text in _TEXTS] + [
        _TEXTS[0].encode("utf-16"),
        _TEXTS[1].replace("u_", "ü_").encode("latin-1"),
        written(".csv", has_covariates=False),
    ]


def _compressed(pack: Any) -> Any:
    return lambda: [pack(text.encode()) for text in _TEXTS[:3]]


def frames() -> list[Any]:
    """Return tables of every kind of column."""
    import numpy as np
    import pandas as pd

    times = np.arange(1, 13) * 0.11
    neurons = np.arange(12) % 3
    index = pd.Index(neurons, name="neuron")
    return [
        pd.DataFrame({"time": times, "neuron": neurons, "trial": np.arange(12) // 6}),
        pd.DataFrame({"time_ms": (100 * times).astype("int64"), "unit": list("abcabcabcabc")}),
        pd.DataFrame({"time": pd.to_timedelta(times, unit="s"), "neuron": pd.Categorical(neurons)}),
        pd.DataFrame(
            {"time": pd.Timestamp("2024-01-01") + pd.to_timedelta(times, "s"), "neuron": 1}
        ),
        pd.DataFrame({"spike_times": [[0.1, 0.2], [], [0.35]], "id": [1, 2, 3]}),
        pd.DataFrame({"time": times.astype("float32")}, index=index),
        pd.DataFrame({"time": times, "neuron": pd.array(neurons, "Int64"), "trial_end": 2.0}),
        pd.DataFrame(
            {"speed": times, "x": neurons > 1, "trial": neurons, "bin": np.arange(12) // 3}
        ),
    ]


def _parquets() -> list[bytes]:
    found = []
    for number, frame in enumerate(frames()):
        buffer = io.BytesIO()
        frame.to_parquet(buffer, compression=("snappy", "gzip", None, "zstd")[number % 4])
        found.append(buffer.getvalue())
    return [*found, written(".parquet", has_covariates=False)]


def frames_as_parquet(data: bytes, rng: random.Random) -> bytes:
    """Read a table, change a column, and write it again: whole files of odd content."""
    import numpy as np
    import pandas as pd

    try:
        frame = rng.choice(frames()) if rng.random() < 0.5 else pd.read_parquet(io.BytesIO(data))
        if not 0 < len(frame) < 100 or not len(frame.columns):
            return mutate_bytes(data, rng)
        name = rng.choice(list(frame.columns))
        odd = (
            [None] * len(frame), [b"\xff"] * len(frame), [{"a": 1}] * len(frame),
            [[1.0, None]] * len(frame), [["a"], [0.5]] * len(frame), [[[1.0]]] * len(frame),
            [float("inf")] * len(frame), [10**17] * len(frame), [""] * len(frame),
            [True, None] * len(frame), [1e-310] * len(frame), ["9" * 300] * len(frame),
            [np.datetime64("NaT")] * len(frame), [np.timedelta64(10**18, "ns")] * len(frame),
            ["\x1b[31m"] * len(frame), [-1] * len(frame), [2**63] * len(frame),
            [1 + 2j] * len(frame),
            [dt.date(1, 1, 1)] * len(frame),
            [Decimal("1e20")] * len(frame),
        )  # fmt: skip
        kind = rng.randrange(5)
        if kind == 0:
            frame[name] = rng.choice(odd)[: len(frame)]
        elif kind == 1:
            frame = frame.rename(columns={name: rng.choice(("time", "neuron", "trial", "", "x"))})
        elif kind == 2:
            frame = frame.iloc[: rng.randrange(len(frame))]
        elif kind == 3:
            frame[rng.choice(("trial_start", "trial_end", "id", "bin"))] = rng.choice(odd)[
                : len(frame)
            ]
        else:
            values = frame[name].astype(object).to_numpy(copy=True)
            values[rng.randrange(len(values))] = rng.choice(odd)[0]
            frame[name] = values
        buffer = io.BytesIO()
        frame.to_parquet(buffer, compression=rng.choice(("snappy", "gzip", "brotli", "zstd", None)))
        return buffer.getvalue()
    except Exception:  # noqa: BLE001  # what pandas cannot write
        return mutate_bytes(data, rng)


def _workbooks() -> list[bytes]:
    from openpyxl import Workbook

    found = []
    for rows in (
        [("time", "neuron", "trial"), (0.1, "a", 0), (0.25, "b", 0), (0.3, "a", 1)],
        [("Time (ms)", "Unit"), ("100.5", 1), (220, 2), (None, None), (310.5, 2)],
    ):
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.create_sheet("other").append(("x", True))
        buffer = io.BytesIO()
        book.save(buffer)
        found.append(buffer.getvalue())
    return found


_SHEET_CELLS = (
    b'<c r="A2" t="n"><v>%s</v></c>', b'<c r="B2" t="b"><v>%s</v></c>',
    b'<c r="C2" t="s"><v>%s</v></c>',
    b'<c r="XFD1048576" t="n"><v>%s</v></c>', b'<c r="A2" t="d"><v>%s</v></c>',
    b'<c r="A3" t="inlineStr"><is><t>%s</t></is></c>', b'<c r="A2" t="e"><v>#REF!%s</v></c>',
    b'<c r="ZZZZZ9" t="n"><v>%s</v></c>', b'<c r="A2"><f>HYPERLINK("x")</f><v>%s</v></c>',
)  # fmt: skip


def _sheet(data: bytes, rng: random.Random) -> bytes:
    at = data.find(b"<c ", rng.randrange(len(data) + 1))
    if at < 0:
        return mutate_bytes(data, rng)
    end = data.find(b"</c>", at)
    cell = rng.choice(_SHEET_CELLS) % rng.choice((*NUMBERS, b"2", b"x", b"2024-01-01T00:00:00"))
    return data[:at] + cell + data[end + 4 if rng.random() < 0.7 else at :]


def _tsv() -> list[bytes]:
    return [text.replace(",", "\t").encode() for text in _TEXTS]


TARGETS = (
    Target(name="csv", suffix=".csv", seeds=_texts, run=reader(OPTIONS), mutate=(cells, cells)),
    Target(name="tsv", suffix=".tsv", seeds=_tsv, run=reader(OPTIONS), mutate=(cells, cells)),
    *(
        Target(
            name=f"csv{suffix.replace('.', '-')}",
            suffix=f".csv{suffix}",
            seeds=_compressed(pack),
            run=reader(OPTIONS),
            mutate=(_packed(pack, unpack),),
        )
        for suffix, pack, unpack in (
            (".gz", gzip.compress, gzip.decompress),
            (".bz2", bz2.compress, bz2.decompress),
            (".xz", lambda text: lzma.compress(text, preset=0), lzma.decompress),
        )
    ),
    Target(
        name="parquet",
        suffix=".parquet",
        seeds=_parquets,
        run=reader(OPTIONS),
        mutate=(frames_as_parquet,),
    ),
    Target(
        name="excel",
        suffix=".xlsx",
        seeds=_workbooks,
        run=reader(OPTIONS),
        mutate=(in_zip(_sheet, _sheet),),
        requires=("openpyxl",),
    ),
    Target(
        name="covariates-csv",
        suffix=".csv",
        seeds=lambda: [text.encode() for text in _COVARIATES],
        run=covariates,
        mutate=(cells, cells),
    ),
    Target(
        name="covariates-parquet",
        suffix=".parquet",
        seeds=_parquets,
        run=covariates,
        mutate=(frames_as_parquet,),
    ),
)
