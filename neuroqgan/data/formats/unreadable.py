"""Formats that neuroqgan does not read: what they are, and how to export their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_TABLE = "export a table (.csv) with the columns time and neuron, one row per spike"
_TABLE_OR_ARRAY = (
    f"{_TABLE}, or save spikes in bins with numpy.savez('spikes.npz', spikes=array, bin_width=0.02)"
)

# Two lines of Python each, to run where the libraries are installed.
_NEO = """in Python, with neo and pandas:
    trains = neo.get_io('{name}').read_segment().spiketrains
    rows = [(t, n) for n, train in enumerate(trains) for t in train.rescale('s').magnitude]
    pandas.DataFrame(rows, columns=['time', 'neuron']).to_csv('spikes.csv', index=False)"""
_SHEET = """save the sheet as .csv, or in Python:
    pandas.read_excel('{name}').to_csv('spikes.csv', index=False)"""
_PICKLE = """opening it could run code; if you trust the file, in Python:
    numpy.savez('spikes.npz', spikes=pickle.load(open('{name}', 'rb')), bin_width=0.02)"""
_SORTER = (
    "sort the spikes first; neuroqgan reads spike_times.npy and spike_clusters.npy of a sorter"
)

_KNOWN: dict[str, tuple[str, str]] = {
    **dict.fromkeys((".xls", ".ods", ".xlsm"), ("a spreadsheet", _SHEET)),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), ("pickled Python objects", _PICKLE)),
    **dict.fromkeys((".dat", ".bin", ".raw"), ("raw samples, of unknown layout", _SORTER)),
    **dict.fromkeys((".ns5", ".ns6"), ("Blackrock's format", _NEO)),
    **dict.fromkeys((".nex5",), ("NeuroExplorer's format", _NEO)),
    **dict.fromkeys((".pl2",), ("Plexon's format", _NEO)),
    **dict.fromkeys((".ncs",), ("Neuralynx's format", _NEO)),
    **dict.fromkeys((".feather", ".json"), ("a table", _TABLE)),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar"), ("an archive", "unpack it first")),
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst"), ("a compressed file", "unpack it first")),
}


def unknown_format(path: Path, known: Collection[str]) -> RecordingError:
    """Return the error for a path in no known format.

    Parameters
    ----------
    path
        The file or folder; for a file that exists, the error says how to export its content.
    known
        The suffixes that can be read.
    """
    if path.is_dir():
        return RecordingError(
            f"{path} is a folder that neuroqgan does not recognise as a recording.",
            expected="a file, the folder of a spike sorter with spike_times.npy and "
            "spike_clusters.npy, or a sorting that SpikeInterface saved as a folder",
            got="a folder without them",
            hint="give the path of a file in it",
        )
    kind, hint = _KNOWN.get(path.suffix.lower(), ("", _TABLE_OR_ARRAY))
    named = f"{path.suffix}, {kind}" if kind else path.suffix
    return RecordingError(
        f"{path} is in a format that neuroqgan does not know.",
        expected=", ".join(known),
        got=named or "a name without a suffix",
        # Not `format`: the lines of Python have braces of their own.
        hint=hint.replace("{name}", path.name)
        if path.is_file()
        else f"a name with one of these suffixes, such as {path.stem or 'recording'}.npz",
    )
