"""``neuroqgan explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import neuroqgan as nq


def test_explaining_a_run(command: Any, tiny: Path) -> None:
    asked = ("explain", "tiny", "--samples", 200, "--windows", 20)
    outcome = command(*asked, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    assert "No raster yet" in outcome.err
    assert "next own spike 1 bin away" in outcome.err  # tables give way to JSON
    assert {Path(path).suffix for path in found["pictures"]} == {".png", ".svg"}
    assert all(Path(path).stat().st_size > 1000 for path in found["pictures"])
    assert found["judge"] == "network"
    assert len(found["effects"][0]["rates_hz"]) == len(found["neuron_labels"])
    run = nq.load_run("tiny")
    again = nq.explain(run, n_samples=200, max_windows=20)
    assert again.to_dict()["contexts"] == found["contexts"]
    assert "effects" in again.to_dict()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nothing",), 2, "no run 'nothing'"),
        (("tiny", "--judge", "nearest_neighbours"), 2, "--judge"),
        (("tiny", "--samples", 3), 2, "--samples"),
        ((), 2, "RUN"),
    ],
)
def test_what_is_refused(
    command: Any, tiny: Path, words: tuple[object, ...], code: int, said: str
) -> None:
    outcome = command("explain", *words)
    assert outcome.code == code
    assert said in outcome.err
