"""The page in headless Chromium: no error, and what can be clicked works.

Needs the extra ``browser`` (playwright), and a Chromium or Chrome on the path or installed with
``playwright install chromium``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.report.page.document import write_page
from tests.report.page_views import full_view, page_of

sync_api = pytest.importorskip(
    "playwright.sync_api", reason='NOT TESTED: pip install "neuroqgan[browser]"'
)
pytestmark = pytest.mark.slow

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BAD = "<script>document.title='broken'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    known = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_api.sync_playwright() as playwright:
        path = known or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("NOT TESTED: no Chromium; python -m playwright install chromium")
        # Root, as in containers, has no sandbox.
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    first = full_view(run=BAD)
    second = replace(first, backend="fake_line", raster_name="other.npz", jobs=())
    return write_page(path, page_of(first, second))


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """Open the page in a window of its own; in the end, nothing was wrong or asked for."""
    wrong, asked = [], []
    context = browser.new_context(**options)
    page = context.new_page()
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-charts=drawn]", timeout=60_000)
    yield page
    assert wrong == []
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == {path.as_uri()}
    context.close()


def _range(page: Any, name: str) -> list[float]:
    found: list[float] = page.evaluate(
        """name => Bokeh.documents.map(d => d.get_model_by_name(name)).filter(Boolean)
           .map(r => [r.start, r.end])[0]""",
        name,
    )
    return found


def _n_spikes(page: Any, name: str) -> int:
    found: int = page.evaluate(
        """name => { const s = Bokeh.documents.map(d => d.get_model_by_name(name)).find(Boolean);
           const d = s.data; return (d instanceof Map ? d.get("x") : d.x).length; }""",
        name,
    )
    return found


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn(browser: Any, page_file: Path, width: int, scheme: str) -> None:
    size = {"width": width, "height": 900}
    with opened(browser, page_file, viewport=size, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.title() != "broken"
        empty = page.evaluate(
            """[...document.querySelectorAll("div.drawn")].filter(place => {
                 const box = place.firstElementChild?.getBoundingClientRect();
                 return !box || box.width < 150 || box.width > innerWidth || box.height < 100;
               }).map(place => place.id)"""
        )
        assert empty == []


def test_trials_windows_and_neurons_can_be_chosen(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        box = page.locator("[data-key=trials-0]")
        state, marks = box.locator("[data-control=state]"), "trials-0-0-spikes"
        before, n_before = state.text_content(), _n_spikes(page, marks)
        box.locator("[data-control=recorded]").select_option(index=1)
        assert state.text_content() != before
        assert _n_spikes(page, marks) != n_before
        assert f": {_n_spikes(page, marks)} spikes" in state.text_content()

        box = page.locator("[data-key=windows-0]")
        first = box.locator("[data-control=state]").text_content()
        box.get_by_role("button", name="Next windows").click()
        assert box.locator("[data-control=recorded]").input_value() == "9"
        assert box.locator("[data-control=state]").text_content() != first
        box.locator("[data-control=count]").select_option("1")
        assert _range(page, "windows-0-x")[1] == pytest.approx(1.15)
        box.locator("[data-control=recorded]").fill("100000")
        box.locator("[data-control=recorded]").press("Enter")
        assert (
            "Recorded, held out from window" in box.locator("[data-control=state]").text_content()
        )

        box = page.locator("[data-key=neurons-0]")
        box.locator("[data-control=neuron]").select_option(index=0)
        before = box.locator("[data-control=state]").text_content()
        box.get_by_role("button", name="Next").click()
        assert box.locator("[data-control=neuron]").input_value() == "1"
        assert box.locator("[data-control=state]").text_content() != before


def test_zooming_moves_all_rasters_and_works_by_keyboard(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        # The first stop of the keyboard skips the list of sections.
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        box = page.locator("[data-key=trials-0]")
        start, end = _range(page, "trials-0-x")
        box.get_by_role("button", name="Zoom in").focus()
        page.keyboard.press("Enter")
        near = _range(page, "trials-0-x")
        assert near[1] - near[0] == pytest.approx((end - start) / 2)
        box.get_by_role("button", name="Scroll right").press("Space")
        assert _range(page, "trials-0-x")[0] > near[0]
        shared = page.evaluate(
            """() => new Set(Bokeh.documents.flatMap(d => d.roots()).filter(f => f.x_range.name
               === "trials-0-x").map(f => f.x_range.id)).size"""
        )
        assert shared == 1
        for _ in range(20):
            box.get_by_role("button", name="Zoom out").press("Enter")
        assert _range(page, "trials-0-x")[0] == pytest.approx(0)
        box.get_by_role("button", name="Reset").click()
        assert _range(page, "trials-0-x") == pytest.approx([start, end])


def test_the_page_can_be_dark_and_is_printed_light(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, color_scheme="light") as page:
        paper = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(paper) == "rgb(255, 255, 255)"
        button = page.locator("#theme")
        button.click()
        assert page.evaluate(paper) == "rgb(17, 21, 26)"
        assert button.get_attribute("aria-pressed") == "true"
        assert "invert" in page.evaluate(
            "getComputedStyle(document.querySelector('div.drawn')).filter"
        )
        # It is remembered for the next time.
        page.reload()
        page.wait_for_selector("html[data-charts=drawn]")
        assert page.evaluate(paper) == "rgb(17, 21, 26)"
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.evaluate(paper) == "rgb(255, 255, 255)"
        pictures = page.evaluate(
            """Promise.all([...document.querySelectorAll("img.print")].map(async picture => {
                 await picture.decode(); return [picture.naturalWidth, picture.alt]; }))"""
        )
        assert len(pictures) == page.locator("div.drawn").count()
        assert all(width > 200 and alt for width, alt in pictures)
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("img.print").count() == 0
        button.click()


def test_tooltips_show_names_as_text(browser: Any, page_file: Path) -> None:
    with opened(browser, page_file, viewport={"width": 1280, "height": 900}) as page:
        chart = page.locator("#chart-judges")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        found = ""
        for y in range(5, int(box["height"]) - 40, 4):
            for x in range(140, int(box["width"]) - 10, 12):
                page.mouse.move(box["x"] + x, box["y"] + y)
                found = page.evaluate(
                    """() => { const all = []; const walk = root => { for (const e of
                       root.querySelectorAll("*")) { if (e.classList.contains("bk-Tooltip"))
                       all.push(e.shadowRoot ? e.shadowRoot.textContent : e.textContent);
                       if (e.shadowRoot) walk(e.shadowRoot); } }; walk(document);
                       return all.join("|"); }"""
                )
                if BAD in found:
                    break
            if BAD in found:
                break
        assert BAD in found
        assert page.title() != "broken"
