"""Event files, read back by TensorBoard itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import neuroqgan as nq
from neuroqgan.training.base import StepReport
from neuroqgan.training.trackers.tracker import TrackedRun
from neuroqgan.training.trackers.tracker_registry import open_tracker

pytest.importorskip("tensorboard", reason="needs the extra tensorboard")

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


def events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()


def report(step: int) -> StepReport:
    return StepReport(step, 1 / step, None, None, 1.0, 0.01)


def test_a_fit_is_in_the_event_files(tmp_path: Path, make_raster: Callable[..., Any]) -> None:
    parts = nq.split(make_raster(), 4)
    losses: list[float] = []
    nq.Generator("stationary").fit(
        parts,
        steps=3,
        batch=8,
        progress=False,
        covariates="none",
        on_step=lambda one: losses.append(one.loss),
        tracker=f"tensorboard:{tmp_path}",
    )
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("stationary-")
    found = events(folder)
    scalars = found.Scalars("training/loss")
    assert [event.step for event in scalars] == [1, 2, 3]
    assert [event.value for event in scalars] == pytest.approx(losses)
    text = found.Tensors("settings/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "| preset | stationary |" in text


def test_a_training_that_goes_on_replaces_the_steps_that_are_done_again(tmp_path: Path) -> None:
    for done, steps in ((0, range(1, 8)), (4, range(5, 10))):
        with open_tracker("tensorboard", tmp_path) as tracking:
            tracking.begin(TrackedRun("run", {"a": 1}, tmp_path, done))
            for step in steps:
                tracking.step(report(step))
    found = events(tmp_path / "tensorboard").Scalars("training/loss")
    assert [event.step for event in found] == list(range(1, 10))


def test_pictures_and_figures(tmp_path: Path, make_raster: Callable[..., Any]) -> None:
    import numpy as np
    from matplotlib.image import imsave

    imsave(tmp_path / "rasters.png", np.zeros((4, 6, 3)))
    parts = nq.split(make_raster(), 4)
    evaluation = nq.judge(parts.train, parts, n_bootstrap=0)
    with open_tracker("tensorboard", tmp_path) as tracking:
        tracking.begin(TrackedRun("run", {}, tmp_path, 12))
        tracking.evaluation(evaluation, [tmp_path / "rasters.png"])
    found = events(tmp_path / "tensorboard")
    (image,) = found.Images("rasters")
    assert (image.width, image.height, image.step) == (6, 4, 12)
    (ratio,) = found.Scalars("evaluation/ratio/spike_probability")
    assert (ratio.value, ratio.step) == (1.0, 12)
