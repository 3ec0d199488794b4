"""Covariates of whole trials."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, trial_time
from neuroqgan.errors import RasterError


def _numbered(n_trials: int, n_bins: int, n_columns: int = 2) -> Covariates:
    values = np.arange(n_trials * n_bins * n_columns).reshape(n_trials, n_bins, n_columns)
    return Covariates(values, [f"c{i}" for i in range(n_columns)], "a file")


def test_two_axes_hold_for_all_trials() -> None:
    shared = Covariates(np.arange(6).reshape(3, 2))
    assert (shared.n_trials, shared.n_bins, shared.n_columns) == (1, 3, 2)
    assert shared.is_shared
    assert shared.names == ("column 0", "column 1")
    assert shared.values.dtype == np.float32
    assert repr(shared) == "Covariates(column 0, column 1; 3 bins, the same in all trials)"
    assert not _numbered(4, 3).is_shared


@pytest.mark.parametrize(
    "values", [np.zeros(4), np.zeros((1, 2, 3, 4)), np.zeros((0, 3)), np.zeros((2, 3, 0))]
)
def test_other_shapes(values: np.ndarray) -> None:
    with pytest.raises(RasterError, match="wrong shape") as caught:
        Covariates(values)
    assert caught.value.got == str(values.shape)


def test_values_that_cannot_be_used() -> None:
    values = np.zeros((2, 3, 2))
    values[1, 2, 0] = np.inf
    with pytest.raises(RasterError, match="^1 value of") as caught:
        Covariates(values)
    assert caught.value.got == "inf in trial 1, bin 2, column 0"
    with pytest.raises(RasterError, match="are numbers"):
        Covariates([["left"], ["right"]])


@pytest.mark.parametrize("names", [("a",), ("a", "a"), ("a", " a "), ("a", " "), ("a", "b", "c")])
def test_names_that_do_not_fit(names: tuple[str, ...]) -> None:
    with pytest.raises(RasterError, match="names"):
        Covariates(np.zeros((3, 2)), names)


def test_trials_are_taken_unless_they_are_shared() -> None:
    own = _numbered(4, 3)
    taken = own.take([2, 0])
    assert np.array_equal(taken.values, own.values[[2, 0]])
    assert (taken.names, taken.source) == (own.names, "a file")
    shared = trial_time(3, 0.5)
    assert shared.take([5, 7]) is shared


def test_columns_by_name() -> None:
    own = _numbered(2, 3, 3)
    chosen = own.select(["c2", "c0"])
    assert np.array_equal(chosen.values, own.values[..., [2, 0]])
    assert chosen.names == ("c2", "c0")
    with pytest.raises(RasterError, match="no column c9"):
        own.select(["c0", "c9"])


def test_equality_and_digest_see_names_and_values() -> None:
    own = _numbered(2, 3)
    others = (
        Covariates(own.values, ("c0", "x")),
        Covariates(own.values + 1, own.names),
        Covariates(own.values.reshape(1, 6, 2), own.names),
    )
    assert own == Covariates(own.values.copy(), own.names, "another file")
    assert own.sha256 == Covariates(own.values.copy(), own.names, "another file").sha256
    for other in others:
        assert own != other
        assert own.sha256 != other.sha256
    assert own != "c0"


def test_time_in_the_trial() -> None:
    assert trial_time(3, 0.25).values.tolist() == [[[0], [0.25], [0.5]]]
    assert trial_time(3, 0.25).names == ("trial-time",)
