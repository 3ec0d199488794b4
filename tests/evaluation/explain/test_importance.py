"""Importance of spikes, on windows whose difference is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neuroqgan.errors import ConfigError, RasterError
from neuroqgan.evaluation.c2st import TwoSampleTest
from neuroqgan.evaluation.explain.explanation import Explanation
from neuroqgan.evaluation.explain.importance import (
    ExplainedWindows,
    SpikeImportance,
    explain_spikes,
)
from neuroqgan.evaluation.explain.spike_contexts import (
    NO_OTHER,
    others_in_bin,
    own_distances,
    spike_contexts,
)
from neuroqgan.evaluation.judges.judge_registry import JUDGES
from neuroqgan.evaluation.judges.kind import Judge
from neuroqgan.raster import SpikeRaster

N_WINDOWS, N_BINS, N_NEURONS = 500, 10, 4


def refractory() -> SpikeRaster:
    """Neurons that are silent for two bins after each spike."""
    random = np.random.default_rng(0)
    spikes = np.zeros((N_WINDOWS, N_BINS + 20, N_NEURONS), bool)
    for t in range(spikes.shape[1]):
        is_free = ~spikes[:, max(0, t - 2) : t].any(1)
        spikes[:, t] = is_free & (random.random(is_free.shape) < 0.25)
    return SpikeRaster(spikes[:, 20:], 0.02)


@pytest.fixture(scope="module")
def found() -> SpikeImportance:
    """Spikes without a refractory period, recognised beside some with one."""
    real = refractory()
    random = np.random.default_rng(1)
    generated = SpikeRaster(random.random(real.spikes.shape) < real.spikes.mean(), 0.02)
    return explain_spikes(generated, real, max_windows=200)


def test_spikes_that_follow_each_other_give_it_away(found: SpikeImportance) -> None:
    rows = {row.title: row for row in spike_contexts(found) if row.group == "interval"}
    assert found.test.accuracy > 0.65
    close = [rows["next own spike 1 bin away"], rows["next own spike 2 bins away"]]
    others = [row for row in rows.values() if row not in close]
    assert all(row.real_share == 0 for row in close)
    for row in close:
        assert row.importance > 5 * row.error
        assert all(row.importance > other.importance for other in others)
    assert abs(sum(row.generated_share for row in rows.values()) - 1) < 1e-9


def test_the_explanation_says_so(found: SpikeImportance) -> None:
    explanation = Explanation(found, (), ("a", "b", "c", "<d>"), 0.02)
    assert explanation.findings[0].startswith(
        "Spikes whose neuron spikes again 1 bin away look generated: "
    )
    assert "next own spike 1 bin away" in str(explanation)
    html = explanation._repr_html_()
    assert "<svg" in html
    assert len(html.encode()) < 60_000
    values = explanation.to_dict()
    assert values["explained_windows"] == 200
    assert np.shape(values["importance_by_bin"]) == (N_BINS, N_NEURONS)
    mean = found.generated.importance[found.generated.spikes].mean()
    assert mean > 0
    assert min(values["importance_by_neuron"]) > 0


def test_importance_is_the_change_of_the_score(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge whose score is known: the weights of its bins and neurons, added up."""
    weights = np.random.default_rng(3).normal(size=(N_BINS, N_NEURONS))

    def learn(windows: Any, labels: Any, seed: int) -> Callable[[Any], Any]:
        return lambda unseen: (unseen * weights).sum((1, 2))

    judge = Judge("sum", "sum", JUDGES["network"].answer, learn=learn)
    monkeypatch.setitem(JUDGES, "sum", judge)
    real = refractory().take(slice(0, 210))
    linear = explain_spikes(real, real, judge="sum", max_windows=20)
    for part in (linear.generated, linear.real):
        assert part.spikes.shape == (20, N_BINS, N_NEURONS)
        np.testing.assert_allclose(part.importance, part.spikes * weights, atol=1e-5)
        np.testing.assert_allclose(part.scores, (part.spikes * weights).sum((1, 2)))


@pytest.mark.parametrize("key", [key for key, judge in JUDGES.items() if judge.learn is not None])
def test_scores_and_answers_agree(key: str) -> None:
    judge = JUDGES[key]
    assert judge.learn is not None
    random = np.random.default_rng(0)
    windows = random.random((120, 6, 3)) < np.repeat([0.2, 0.4], 60)[:, None, None]
    labels = np.repeat([0, 1], 60)
    unseen = random.random((50, 6, 3)) < 0.3
    answer = judge.answer(windows, labels, unseen, 5)
    assert 0 < answer.sum() < 50
    np.testing.assert_array_equal(judge.learn(windows, labels, 5)(unseen) > 0, answer)


def test_equal_windows_are_not_explained_away(found: SpikeImportance) -> None:
    alike = replace(found, test=TwoSampleTest.of(0.51, 300))
    (said,) = Explanation(alike, (), tuple("abcd"), 0.02).findings
    assert "cannot distinguish" in said


def test_distances_and_counts() -> None:
    spikes = np.array([[[1, 0], [0, 1], [0, 0], [1, 0], [1, 1]]], bool)
    assert own_distances(spikes)[0, :, 0].tolist()[0] == 3
    assert own_distances(spikes)[0, [3, 4], 0].tolist() == [1, 1]
    assert own_distances(spikes)[0, [1, 4], 1].tolist() == [3, 3]
    assert own_distances(spikes[:, :1])[0, 0, 0] == NO_OTHER
    assert others_in_bin(spikes)[0, 4].tolist() == [1, 1]
    assert others_in_bin(spikes)[0, 0].tolist() == [0, 1]


def test_kinds_without_spikes_have_no_importance() -> None:
    none = ExplainedWindows(np.zeros((3, 2, 2), bool), np.zeros(3), np.zeros((3, 2, 2), np.float32))
    empty = SpikeImportance("network", TwoSampleTest.of(0.9, 100), none, none)
    assert all(np.isnan(row.importance) for row in spike_contexts(empty))
    explanation = Explanation(empty, (), ("a", "b"), 0.02)
    assert explanation.to_dict()["contexts"][0]["importance"] is None
    assert explanation.findings == []


def test_what_cannot_be_explained() -> None:
    real = refractory()
    with pytest.raises(ConfigError, match="nearest_neighbours"):
        explain_spikes(real, real, judge="nearest_neighbours")
    with pytest.raises(RasterError, match="different bins"):
        explain_spikes(real, real.windows(5))
    with pytest.raises(RasterError, match="too few"):
        explain_spikes(real.take(slice(0, 20)), real)
