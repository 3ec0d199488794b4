"""What objects show in a notebook: escaped, small, fast, and in the colours of the page."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit

import neuroqgan as nq
from neuroqgan.backends.placement.chip import Chip
from neuroqgan.backends.placement.chip_picture import chip_picture
from neuroqgan.backends.placement.qubit_positions import qubit_positions
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.way import way_picture
from neuroqgan.notebooks import live
from neuroqgan.notebooks.card import card, table_of
from neuroqgan.notebooks.circuit_picture import circuit_picture
from neuroqgan.notebooks.pictures import band_picture, curve_picture, heat_picture, raster_picture
from neuroqgan.training.base import StepReport
from neuroqgan.training.course import Course, clock
from neuroqgan.training.progress import course_html, training_bar

MOST_BYTES, MOST_SECONDS = 60_000, 0.3
_VOID = {"br", "circle", "path", "rect", "polyline"}


class Balanced(HTMLParser):
    """Notes tags that are not closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.is_balanced = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID - {"circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self.is_balanced &= bool(self.open) and self.open.pop() == tag


def is_balanced(html: str) -> bool:
    parser = Balanced()
    parser.feed(html)
    return parser.is_balanced and not parser.open


def report(step: int, loss: float, statistics: float | None = None) -> StepReport:
    return StepReport(step, loss, statistics, None, 1.0, 0.01)


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """An object of every kind that notebooks end with."""
    random = np.random.default_rng(0)
    raster = nq.SpikeRaster(random.random((40, 60, 50)) < 0.1, 0.02)
    parts = nq.split(raster.select(slice(0, 4)), 8)
    made: dict[str, Any] = {"raster": raster, "split": parts}
    for preset in nq.preset_names():
        made[preset] = nq.Generator(preset, n_neurons=50, n_bins=16, bin_width=0.02)
        made[preset].initialise(np.full(50, 0.05), 0)
    made["evaluation"] = nq.judge(parts.train, parts, n_bootstrap=3)
    made["estimate"] = made["stationary"].estimate(100, backend="fake_brisbane")
    return made


def test_cards_are_small_fast_and_well_formed(shown: dict[str, Any]) -> None:
    for name, value in shown.items():
        value._repr_html_()  # the first call imports what it needs
        start = time.perf_counter()
        html = value._repr_html_()
        assert time.perf_counter() - start < MOST_SECONDS, name
        assert len(html.encode()) < MOST_BYTES, name
        assert is_balanced(html), name
        # Text and lines take the colour of the page; nothing is black on a dark one.
        assert not re.search(r"#000|black|background:\s*#fff", html), name
        assert "None" not in html, name


def test_pictures_are_there(shown: dict[str, Any]) -> None:
    assert all("<svg" in shown[name]._repr_html_() for name in shown if name != "split")
    assert shown["estimate"]._repr_html_().count("<title>qubit") == 100
    assert "100 of 127 qubits" in shown["estimate"]._repr_html_()


def test_texts_are_escaped_and_cut() -> None:
    evil = "<script>alert(1)</script>"
    html = card(evil, {evil: evil, "long": "x" * 1000}, caption=evil, notes=[evil])
    html += table_of([evil], [[evil]])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 7
    assert "x" * 300 not in html
    assert card("empty", {"none": None, "nothing": ""}).count("<tr>") == 0


def test_a_failed_job_is_not_on_its_way() -> None:
    assert way_picture(JobState.RUNNING).count("#c8404f") == 1
    failed = way_picture(JobState.FAILED)
    assert "<text x='476' y='13' font-size='12' fill='#c8404f'>failed</text>" in failed


def test_bands_have_marks_at_their_values() -> None:
    ratios = {"centre": 1.0, "limits": (0.1, 10.0), "logarithmic": True}
    middle = band_picture(1.0, 0.5, 2.0, **ratios)  # type: ignore[arg-type]
    assert "cx='70.0'" in middle
    assert "M70.0 1V15" in middle
    assert "cx='136.0'" in band_picture(1e9, 1.0, 1e9, **ratios)  # type: ignore[arg-type]
    assert band_picture(float("nan"), 0, 0, **ratios) == ""  # type: ignore[arg-type]
    alone = band_picture(0.5, float("nan"), 1.0, centre=0.5, limits=(0, 1))
    assert "opacity='.35'" not in alone


def test_curves_and_maps() -> None:
    falling = curve_picture([3.0, float("nan"), 2.0, 1.0], 104, 54)
    assert "points='2.0,2.0 52.0,27.0 102.0,52.0'" in falling
    assert curve_picture([1.0]) == ""
    assert curve_picture([2.0, 2.0]) != ""
    assert curve_picture(list(range(100_000))).count(",") == 120
    heat = heat_picture(np.array([[0.0, 2.0], [-1.0, np.nan]]))
    assert heat.count("fill-opacity='1.00'") == 1
    assert heat.count("fill-opacity='0.50'") == 1


def test_ticks_are_where_spikes_are() -> None:
    spikes = np.zeros((4, 3), bool)
    spikes[2, 1] = True
    assert "M7 6v5" in raster_picture(spikes)


def test_circuits_are_drawn_gate_by_gate() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.ry(0.1, 0)
    circuit.cz(0, 2)
    circuit.barrier()
    circuit.measure(1, 1)
    picture = circuit_picture(circuit)
    assert picture.count(">ry</text>") == 1
    assert picture.count("r='3'") == 2  # the two ends of the CZ
    assert picture.count("a5 5 0 0 1") == 1  # one meter
    # The measured qubit lies between the two of the CZ, so its meter comes in the column after.
    assert "<rect x='57' y='25'" in picture
    wide = QuantumCircuit(40)
    for _ in range(100):
        wide.h(range(40))
    assert len(circuit_picture(wide)) < MOST_BYTES


def test_rows_of_a_heavy_hex_chip_are_rows() -> None:
    from neuroqgan.backends.names import snapshot_target

    for name, n_rows in (("fake_brisbane", 13), ("fake_fez", 15)):
        edges = snapshot_target(name).build_coupling_map().get_edges()
        n_qubits = snapshot_target(name).num_qubits
        places = [tuple(at) for at in qubit_positions(n_qubits, edges).tolist()]
        assert len({y for _, y in places}) == n_rows
        assert len(set(places)) == n_qubits
    assert "NaN" not in chip_picture(Chip("two", (0.1, 0.1), {}, ()))


def test_a_course_continues_what_was_done_before() -> None:
    rows = [report(step, 10.0 / step, 10.0 / step).to_dict() for step in range(1, 6)]
    course = Course(10, rows)
    assert course.seconds_left is None
    course.take(report(6, 1.0, 1.0))
    # The same numbers are not shown twice.
    assert list(course.curves()) == ["statistics loss"]
    assert len(course.curves()["statistics loss"]) == 6
    assert course.seconds_left is None  # the first step says nothing of the pace
    course.take(report(7, 1.0, 1.0))
    assert 0 <= course.seconds_left < 60
    assert course.line().startswith("step 7 of 10, loss ")
    assert clock(59.6) == "0:01:00"


def test_a_notebook_gets_one_place_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    handle = SimpleNamespace(update=lambda shown: pages.append(shown.data))

    def display(shown: Any, display_id: bool) -> SimpleNamespace:
        assert display_id
        pages.append(f"first: {shown.data}")
        return handle

    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    shown_as = SimpleNamespace(HTML=lambda html: SimpleNamespace(data=html), display=display)
    monkeypatch.setitem(live.sys.modules, "IPython", kernel)
    monkeypatch.setitem(live.sys.modules, "IPython.display", shown_as)
    assert live.in_notebook()
    with training_bar(3) as on_step:
        for step in (1, 2, 3):
            on_step(report(step, 5.0 - step))
    assert len(pages) == 2  # steps were too fast for a picture each, but the end is shown
    assert pages[0].startswith("first: <div>Training: step 0 of 3")
    assert "step 3 of 3" in pages[-1]
    assert "<polyline" in pages[-1]
    assert is_balanced(pages[-1])


def test_no_notebook_without_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(live.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not live.in_notebook()


def test_course_without_steps_has_no_curve() -> None:
    assert "<polyline" not in course_html(Course(5))
