"""The page: sections, text that could be markup, links, size."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from neuroqgan.backends.placement.qubit_positions import qubit_positions
from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.judge import judge
from neuroqgan.raster import SpikeRaster
from neuroqgan.report.page.document import render_page
from neuroqgan.report.page.section_registry import SECTIONS, register_section
from neuroqgan.report.page.view import Summary
from tests.report.page_views import METRICS, bare_view, full_view, job, page_of, renamed

BAD = "<script>alert(1)</script><img src=x onerror=alert(2)> $$x$$ @at"


class Elements(HTMLParser):
    """All elements of a page, and the text of scripts with an id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [str(a[attribute]) for _, a in self.found if attribute in a]


@pytest.fixture(scope="module")
def full() -> str:
    return render_page(page_of(full_view()))


@pytest.fixture(scope="module")
def elements(full: str) -> Elements:
    return Elements(full)


def _charts(page: str) -> list[dict]:
    text = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)
    assert text is not None
    return json.loads(text[1])


def test_a_run_with_everything_has_all_sections(full: str, elements: Elements) -> None:
    own = [key for key in SECTIONS if key != "summary"]  # of several runs, see below
    assert [e["id"] for e in elements.all("section")] == own
    assert elements.values("href")[1 : 1 + len(own)] == [f"#{key}" for key in own]
    for words in ("ibm_fez", "7.0 QPU seconds", "fake_line", "independent", "seed = 0", "Ry("):
        assert words in full


def test_what_a_run_does_not_have_is_left_out() -> None:
    page = Elements(render_page(page_of(bare_view())))
    left_out = {
        "summary",
        "stimulus",
        "size",
        "training",
        "circuit",
        "device",
        "jobs",
        "reproduction",
    }
    assert [e["id"] for e in page.all("section")] == [k for k in SECTIONS if k not in left_out]


def test_a_summary_comes_first_and_names_the_page() -> None:
    table = Summary("All <of> it", ("step", "C2ST"), (("one", "0.5"),), "What they are.")
    view = replace(bare_view(), label="step one")
    text = render_page(replace(page_of(view), summary=table))
    page = Elements(text)
    assert next(iter(page.all("section")))["id"] == "summary"
    assert "<h1>All &lt;of&gt; it</h1>" in text
    assert "What they are." in text
    assert "step one" in text


def test_every_chart_has_its_place(full: str, elements: Elements) -> None:
    ids = Counter(elements.values("id"))
    assert {name for name, n in ids.items() if n > 1} == set()
    places = [place for part in _charts(full) for place in part["roots"].values()]
    assert set(places) == {name for name in ids if name.startswith("chart-")}
    assert len(places) > 10
    axes = re.findall(r'"axis_label":"([^"]*)"', full)
    assert len(axes) >= 2 * (len(places) - 2)  # a device has no axes, categories need no label


def test_the_same_run_gives_the_same_page(full: str) -> None:
    assert render_page(page_of(full_view())) == full


def test_a_page_is_small_and_asks_nobody(full: str, elements: Elements) -> None:
    assert len(full.encode()) < 1_700_000
    links = [a[key] for _, a in elements.found for key in ("href", "src", "action") if key in a]
    assert all(str(link).startswith("#") for link in links)
    policy = elements.values("content")
    assert any("default-src 'none'" in text and "sha256-" in text for text in policy)
    assert "unsafe-eval" not in "".join(policy)


def test_text_of_runs_files_and_services_stays_text(elements: Elements) -> None:
    labels = tuple(f"{BAD}{i}" for i in range(3))
    view = full_view()
    real, training, made = (
        renamed(raster, labels) for raster in (view.held_out, view.training, view.generated)
    )
    known = view.reproduction
    assert known is not None
    bad = replace(
        view,
        run=BAD,
        backend=BAD,
        raster_name=BAD,
        created=BAD,
        preset=BAD,
        held_out=real,
        training=training,
        generated=made,
        facts=((BAD, BAD),),
        notes=(BAD,),
        jobs=(job(message=BAD, provider_id=BAD, backend=BAD),),
        reproduction=replace(known, command=BAD, config=BAD, facts=((BAD, BAD),)),
        baselines=tuple(replace(row, model=BAD) for row in view.baselines),
        circuits=tuple(replace(circuit, drawing=BAD) for circuit in view.circuits),
    )
    page = render_page(page_of(bad))
    found = Elements(page)
    assert "&lt;script&gt;alert(1)" in page
    assert len(found.all("script")) == len(elements.all("script"))
    assert found.all("img") == []
    assert not any(key.startswith("on") for _, a in found.found for key in a)
    # Tooltips are HTML with placeholders; ticks with dollars would be mathematics.
    text = json.dumps(_charts(page))
    assert "onerror=alert(2)&gt; &#36;&#36;x&#36;&#36; &#64;at" in text
    assert '"name": "PlainText"' in text


def test_several_runs_share_charts_if_they_share_the_recording() -> None:
    one = full_view()
    page = page_of(one, full_view(backend="fake_line", raster_name="fake.npz"))
    assert [run.label for run in page.runs] == ["mine on aer", "mine on fake_line"]
    assert len(page.groups) == 1
    text = render_page(page)
    assert "generated: mine on fake_line" in text
    assert text.count("<h3>Settings, run.toml") == 1
    other = renamed(one.held_out, ("x", "y", "z"))
    apart = replace(bare_view(given=True), run="other", held_out=other)
    assert len(page_of(one, apart).groups) == 2
    names = [run.label for run in page_of(one, one).runs]
    assert names == ["mine: aer-seed0-100.npz"] * 2


def test_headings_labels_and_tables_can_be_read_aloud(elements: Elements) -> None:
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - level <= 2 for level, later in pairwise(levels))
    assert elements.all("html")[0]["lang"] == "en"
    assert elements.values("href")[0] == "#overview"  # skips the header
    inside = [i for i, (tag, _) in enumerate(elements.found) if tag in ("select", "input")]
    assert inside
    assert all("label" in [elements.found[i - 1][0], elements.found[i - 2][0]] for i in inside)
    assert all(cell["scope"] in ("col", "row") for cell in elements.all("th"))
    assert all(table["aria-label"] for table in elements.all("table"))
    assert all("aria-label" in place for place in elements.all("pre"))


@pytest.mark.parametrize("n_neurons", [2, 30])
def test_few_windows_and_silent_neurons_can_be_shown(make_raster, n_neurons: int) -> None:
    rasters = [make_raster(n_samples=8, n_neurons=n_neurons, seed=i) for i in range(3)]
    generated, held_out, training = (
        SpikeRaster(raster.spikes & (np.arange(n_neurons) > 0), 0.02) for raster in rasters
    )
    view = replace(
        bare_view(),
        held_out=held_out,
        training=training,
        generated=generated,
        evaluation=judge(generated, held_out, training, n_bootstrap=0),
        metrics=METRICS[:1],
    )
    page = Elements(render_page(page_of(view)))
    assert "judges" not in [section["id"] for section in page.all("section")]
    assert "training" in [section["id"] for section in page.all("section")]


def test_a_section_key_is_taken_once() -> None:
    with pytest.raises(ConfigError, match="already a section 'overview'"):
        register_section(SECTIONS["overview"])


def test_positions_of_qubits() -> None:
    assert qubit_positions(3, [(0, 1), (1, 2)]).tolist() == [[0, 0], [1, 0], [2, 0]]
    # Numbered at random, rows would lie on each other.
    star = qubit_positions(6, [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)])
    assert len({tuple(at) for at in star.round(3)}) == 6
    assert (qubit_positions(6, [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)]) == star).all()
