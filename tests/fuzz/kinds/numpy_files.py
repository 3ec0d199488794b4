"""NumPy's files: npy and npz, of spikes, spike times and covariates."""

from __future__ import annotations

import io
from typing import Any

from tests.fuzz.kinds.recordings import covariates, reader
from tests.fuzz.kinds.samples import spikes, trains, written
from tests.fuzz.mutators import in_zip, npy_header
from tests.fuzz.target import Target


def npy(values: Any, *, allow_pickle: bool = False) -> bytes:
    """Return the bytes of an array."""
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=allow_pickle)
    return buffer.getvalue()


def npz(*, is_compressed: bool = True, **arrays: Any) -> bytes:
    """Return the bytes of an archive."""
    import numpy as np

    buffer = io.BytesIO()
    (np.savez_compressed if is_compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.mkdir, ("/tmp/neuroqgan-fuzz-canary",)  # noqa: S108


def evil() -> Any:
    """Return an array of an object that would make a folder if it were unpickled."""
    import numpy as np

    held = np.empty(1, object)
    held[0] = _Evil()
    return held


def _npz_seeds() -> list[bytes]:
    import numpy as np

    cells = trains()
    return [
        written(".npz"),
        npz(spikes=spikes(), bin_width=0.02),
        npz(is_compressed=False, spikes=spikes().astype(np.int64) * 2, bin_width="20 ms"),
        npz(counts=spikes()[0].astype(float), axes="bins,neurons"),
        npz(times=np.concatenate(list(cells)), neuron=np.arange(18) % 3, trial=np.arange(18) // 9),
        npz(times=cells, neuron_labels=np.array(["a", "b", "c"])),
        npz(**{"units/a": cells[0], "units/b": cells[1], "units/c": cells[2]}),
        npz(spikes=evil()),
        npz(
            t=cells[2], index=np.zeros(6, int), keys=np.array([0]), type=np.array(["TsGroup"]),
            start=np.array([0.0]), end=np.array([3.0]),
        ),
    ]  # fmt: skip


def _npy_seeds() -> list[bytes]:
    import numpy as np

    return [
        npy(spikes()),
        npy(spikes()[0].astype(np.float32)),
        npy(np.asfortranarray(spikes().astype(np.uint8) * 3)),
        npy(trains(), allow_pickle=True),
        npy(evil(), allow_pickle=True),
        npy(np.arange(12.0)),
    ]


def _covariate_archives() -> list[bytes]:
    import numpy as np

    values = np.arange(24.0).reshape(12, 2)
    return [
        written(".npz"),
        npz(values=values, names=np.array(["speed", "x"])),
        npz(speed=values[:, 0], x=values[:, 1] > 3),
        npz(speed=values.reshape(3, 4, 2), columns=np.array([b"a", b"b"])),
    ]


def _covariate_arrays() -> list[bytes]:
    import numpy as np

    return [npy(np.arange(24.0).reshape(shape)) for shape in ((12, 2), (3, 4, 2), (24,))]


_IN_NPZ = in_zip(npy_header, npy_header)

TARGETS = (
    Target(name="npz", suffix=".npz", seeds=_npz_seeds, run=reader(), mutate=(_IN_NPZ,)),
    Target(name="npy", suffix=".npy", seeds=_npy_seeds, run=reader(), mutate=(npy_header,)),
    Target(
        name="covariates-npz",
        suffix=".npz",
        seeds=_covariate_archives,
        run=covariates,
        mutate=(_IN_NPZ,),
    ),
    Target(
        name="covariates-npy",
        suffix=".npy",
        seeds=_covariate_arrays,
        run=covariates,
        mutate=(npy_header,),
    ),
)
