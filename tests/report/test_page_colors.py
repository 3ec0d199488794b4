"""Contrast of the page's colors: WCAG 2.2, 4.5 for text and 3 for what is drawn."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest

from neuroqgan.report.page.charts.chart_style import RUN_COLORS, TEXT
from neuroqgan.report.style import ACCENT, FLOOR, REAL

WHITE, DARK = "#ffffff", "#11151a"
DRAWN = (REAL, FLOOR, ACCENT, *RUN_COLORS)
STYLE = (files("neuroqgan.report.page") / "templates" / "page.css").read_text()


def _values(color: str) -> np.ndarray:
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _contrast(one: np.ndarray, other: np.ndarray) -> float:
    def luminance(values: np.ndarray) -> float:
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _inverted(color: str) -> np.ndarray:
    """What ``invert(1) hue-rotate(180deg)`` makes of a color (Filter Effects, level 1)."""
    grey = np.array([[0.213, 0.715, 0.072]] * 3)
    return np.clip((2 * grey - np.eye(3)) @ (1 - _values(color)), 0, 1)


@pytest.mark.parametrize("color", DRAWN)
def test_what_is_drawn_stands_out_on_both_pages(color: str) -> None:
    assert _contrast(_values(color), _values(WHITE)) >= 3
    assert _contrast(_inverted(color), _values(DARK)) >= 3


def test_text_of_charts_can_be_read_on_both_pages() -> None:
    assert _contrast(_values(TEXT), _values(WHITE)) >= 4.5
    assert _contrast(_inverted(TEXT), _values(DARK)) >= 4.5


@pytest.mark.parametrize("paper", [WHITE, DARK])
def test_text_of_the_page_can_be_read(paper: str) -> None:
    rules = next(r for r in re.findall(r"\{([^{}]*)\}", STYLE) if f"--paper: {paper}" in r)
    colors = dict(re.findall(r"--(\w+): (#\w{6})", rules))
    for name in ("ink", "quiet", "link"):
        for behind in ("paper", "raised"):
            assert _contrast(_values(colors[name]), _values(colors[behind])) >= 4.5, (name, behind)
