from __future__ import annotations

import numpy as np
import pytest

from neuroqgan import checks
from neuroqgan.errors import ConfigError, InputError, RasterError


@pytest.mark.parametrize("received", [(2,), (2, 3, 1), (2, 4)])
def test_shapes_that_do_not_fit(received: tuple[int, ...]) -> None:
    with pytest.raises(RasterError, match="array angles has another shape") as caught:
        checks.shape("angles", received, RasterError, n_samples=None, n_bins=3)
    assert caught.value.expected == "(n_samples, n_bins), n_bins = 3"
    assert caught.value.got == str(received)


def test_shapes_that_fit() -> None:
    checks.shape("angles", (5, 3), n_samples=None, n_bins=3)
    checks.shape("rates", np.zeros(4).shape, n_neurons=4)
    with pytest.raises(InputError, match="another shape") as caught:
        checks.shape("rates", (4,), n_neurons=5)
    assert caught.value.expected == "(n_neurons,), n_neurons = 5"


def test_numbers_and_choices() -> None:
    assert checks.whole("steps", np.int64(3), 1) == 3
    assert checks.number("rate", np.float32(0.5), above=0) == 0.5
    for value in (True, 0, 1.5, "3"):
        with pytest.raises(ConfigError, match="steps is out of its range"):
            checks.whole("steps", value, 1)
    for value in (True, 0.0, float("nan"), float("inf"), "1", 3):
        with pytest.raises(ConfigError) as caught:
            checks.number("rate", value, above=0, most=2)
    assert caught.value.expected == "a number above 0 up to 2"
    with pytest.raises(ConfigError) as caught:
        checks.choice("gradient", "adjont", ["spsa", "adjoint"])
    assert caught.value.hint == "gradient = adjoint"
    with pytest.raises(ConfigError):
        checks.flag("exact", 1)
