"""What an evaluation looks like, and evaluations of the first release."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from neuroqgan import judge
from neuroqgan.data.split import Split
from neuroqgan.errors import InputError
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.judges.judge_registry import JUDGES
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS
from neuroqgan.raster import SpikeRaster

# Written by the release before statistics got their present keys.
RELEASED = Path(__file__).with_name("released_evaluation.json")
Make = Callable[..., SpikeRaster]


def test_an_evaluation_of_the_first_release_is_read() -> None:
    values = json.loads(RELEASED.read_text())
    evaluation = Evaluation.from_dict(values)
    assert set(evaluation.statistics) == set(STATISTICS)
    before = values["statistics"]["firing_rate"]
    assert evaluation.statistics["spike_probability"].ratio == before["ratio"]
    assert evaluation.c2st is not None
    assert evaluation.c2st.accuracy == values["c2st"]["accuracy"]
    written = json.loads(json.dumps(evaluation.to_dict()))
    written["statistics"]["firing_rate"] = written["statistics"].pop("spike_probability")
    assert written["c2st_judge"] == "trees_on_counts"
    assert evaluation.worst is not None
    assert evaluation.worst.accuracy == values["c2st"]["accuracy"]
    for key in written.keys() - {"notes", "c2st_judge"}:
        assert written[key] == values.get(key, {} if key == "judges" else None), key


@pytest.fixture
def split(make_raster: Make) -> Split:
    train, held_out = make_raster(60, seed=1), make_raster(60, seed=2)
    return Split(train, held_out, train)


def test_a_split_is_held_out_and_training_windows(make_raster: Make, split: Split) -> None:
    generated = make_raster(60)
    evaluation = judge(generated, split, n_bootstrap=3)
    assert evaluation == judge(generated, split.held_out, split.train, n_bootstrap=3)
    with pytest.raises(InputError, match="own training windows"):
        judge(generated, split, split.train)


def test_without_training_windows_halves_are_compared(make_raster: Make) -> None:
    generated, real = make_raster(60), make_raster(61, seed=1)
    evaluation = judge(generated, real, n_bootstrap=0)
    even, odd = (real.spikes[start::2].mean((0, 1)) for start in (0, 1))
    row = evaluation.statistics["spike_probability"]
    assert row.floor == pytest.approx(abs(odd - even).mean())
    assert row.error == pytest.approx(abs(generated.spikes.mean((0, 1)) - even).mean())
    assert math.isnan(row.ratio_low)
    assert "one half" in str(evaluation)
    assert "nearest training window" not in str(evaluation)


def test_printed_it_is_a_table(make_raster: Make, split: Split) -> None:
    evaluation = judge(make_raster(60), split, n_bootstrap=3)
    lines = str(evaluation).splitlines()
    assert lines[0].split() == ["statistic", "error", "floor", "ratio", "95", "%", "interval"]
    assert max(map(len, lines)) <= 80
    for statistic in STATISTICS.values():
        assert any(line.startswith(statistic.title) for line in lines)
    row = evaluation.statistics["pair_covariance"]
    (line,) = (line for line in lines if line.startswith("pair covariance"))
    figures = f"{row.error:.2g} {row.floor:.2g} {row.ratio:.2g}"
    assert " ".join(line.split()[2:5]) == figures
    assert " ".join(line.split()[5:]) == f"{row.ratio_low:.2g} to {row.ratio_high:.2g}"
    worst = evaluation.worst
    assert worst is not None
    (line,) = (line for line in lines if line.startswith("classifier"))
    assert line.split()[2] == f"{worst.accuracy:.3f}"
    assert f"({worst.title})" in " ".join(str(evaluation).split())
    for key, verdict in evaluation.judges.items():
        assert verdict.floor is not None
        found = rf"  {JUDGES[key].title} +{verdict.accuracy:.3f} +{verdict.floor.accuracy:.3f} "
        assert sum(re.match(found, line) is not None for line in lines) == 1
    assert worst.accuracy == max(verdict.accuracy for verdict in evaluation.judges.values())
    assert (evaluation.c2st, evaluation.c2st_floor) == (worst.test, worst.floor)
    assert evaluation.manifold is not None
    assert evaluation.manifold_floor is not None
    (line,) = (line for line in lines if line.startswith("coverage"))
    found = evaluation.manifold.coverage, evaluation.manifold_floor.coverage
    assert line.split()[1:] == [f"{share:.3f}" for share in found]
    assert evaluation.energy is not None
    # Names of three words.
    (line,) = (line for line in lines if line.startswith("energy distance"))
    assert line.split()[3] == f"{evaluation.energy.p_value:.2g}"
    assert "not memorised" in str(evaluation)


def test_notes_are_printed(make_raster: Make, split: Split) -> None:
    evaluation = judge(make_raster(20), split, n_bootstrap=0)
    (note,) = (note for note in evaluation.notes if "No C2ST" in note)
    assert f"Note: {note}" in " ".join(str(evaluation).split())
    assert "needs 40 windows" in str(evaluation)
    assert "C2ST: accuracy of" not in str(evaluation)
    assert f"<li>{note}</li>" in evaluation._repr_html_()


def test_the_repr_is_short(make_raster: Make, split: Split) -> None:
    evaluation = judge(make_raster(60), split, n_bootstrap=0)
    assert evaluation.c2st is not None
    ratios = [row.ratio for row in evaluation.statistics.values()]
    assert repr(evaluation) == (
        f"Evaluation(60 windows, C2ST {evaluation.c2st.accuracy:.3f}, "
        f"ratios {min(ratios):.2g} to {max(ratios):.2g})"
    )
    same = judge(make_raster(20), split.train, split.train, n_bootstrap=0)
    assert repr(same) == "Evaluation(20 windows)"


def test_html_is_a_table_with_units(make_raster: Make, split: Split) -> None:
    evaluation = judge(make_raster(60), split, n_bootstrap=3)
    opened: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            opened.append(f"/{tag}")

    html = evaluation._repr_html_()
    Parser().feed(html)
    # C2ST, p-value, precision, recall, coverage and the nearest training window.
    n_rows = len(STATISTICS) + len(JUDGES) + 6
    assert opened.count("tr") == opened.count("/tr") == 1 + n_rows
    assert opened.count("td") == opened.count("/td") == 7 * n_rows
    assert "<td>spikes²/bin²</td>" in html


@pytest.mark.parametrize(
    ("ratio", "shown"), [(9.96, "10"), (9.94, "9.9"), (10.4, "10"), (123.4, "123"), (0.123, "0.12")]
)
def test_ratios_have_two_digits(make_raster: Make, split: Split, ratio: float, shown: str) -> None:
    evaluation = judge(make_raster(20), split, n_bootstrap=0)
    rows = {"pair_covariance": replace(evaluation.statistics["pair_covariance"], ratio=ratio)}
    assert str(replace(evaluation, statistics=rows)).splitlines()[1].split()[4] == shown


def test_memorisation_is_named(make_raster: Make, split: Split) -> None:
    copied = judge(split.train, split, n_bootstrap=0)
    assert " memorised" in str(copied)
    assert "not memorised" not in str(copied)
    assert "too few windows" in str(judge(make_raster(8), split, n_bootstrap=0))
