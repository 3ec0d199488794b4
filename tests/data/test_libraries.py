"""The list of libraries, and what is said if one is missing."""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.data.libraries.library import Library
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster
from neuroqgan.raster.library_names import LIBRARIES, library

EXTRAS = ("neo", "elephant", "pynapple", "spikeinterface")


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_library_is_where_the_list_says(name: str) -> None:
    module, _, attribute = LIBRARIES[name].partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, Library)
    assert bool(found.requires) == bool(found.extra)
    assert any(hasattr(SpikeRaster, f"{way}_{name}") for way in ("from", "to"))


@pytest.mark.parametrize("name", EXTRAS)
def test_a_library_that_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    raster = SpikeRaster([[[1]]], 0.02)
    for call in (getattr(raster, f"to_{name}"), lambda: getattr(SpikeRaster, f"from_{name}")([])):
        with pytest.raises(RecordingError, match="is not installed") as caught:
            call()
        assert caught.value.hint == f'pip install "neuroqgan[{name}]"'


def test_libraries_that_cannot_be_written() -> None:
    with pytest.raises(NotImplementedError):
        library("array").write(SpikeRaster([[[1]]], 0.02))


@settings(max_examples=25, deadline=None)
@given(
    spikes=st.lists(st.booleans(), min_size=24, max_size=24).filter(any),
    width=st.sampled_from([0.001, 0.015, 1 / 30]),
    labels=st.permutations(["10", "2", "b", " c,"]),
)
def test_tables_give_any_raster_back(spikes: list[bool], width: float, labels: list[str]) -> None:
    raster = SpikeRaster(np.array(spikes).reshape(2, 3, 4), width, tuple(labels))
    assert SpikeRaster.from_frame(raster.to_frame(complete=True), width) == raster
