"""Queries on columns of units: what they mean, and that nothing else is understood."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.data.unit_query import is_query, matching
from neuroqgan.errors import ConfigError

COLUMNS = {
    "id": np.array([3, 5, 8, 9]),
    "quality": np.array(["good", "mua", "good", "noise"]),
    "depth": np.array([10.0, 20.0, np.nan, 40.0]),
    "is_fast": np.array([True, False, False, True]),
    "firing rate": np.array([1.0, 2.0, 3.0, 4.0]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('quality == "good"', [1, 0, 1, 0]),
        ("quality != 'good'", [0, 1, 0, 1]),
        ("depth < 30", [1, 1, 0, 0]),
        ("10 < depth <= 40", [0, 1, 0, 1]),
        ("depth >= 20 or quality == 'good'", [1, 1, 1, 1]),
        ("not (depth >= 20) and not is_fast", [0, 0, 1, 0]),
        ("id in [3, 9]", [1, 0, 0, 1]),
        ('quality not in ("good", "mua")', [0, 0, 0, 1]),
        ("is_fast", [1, 0, 0, 1]),
        ("is_fast == False", [0, 1, 1, 0]),
        ("is_fast == true", [1, 0, 0, 1]),
        ("`firing rate` > 2.5", [0, 0, 1, 1]),
        ("depth > -5", [1, 1, 0, 1]),
        ("quality > 'h'", [0, 1, 0, 1]),
    ],
)
def test_what_queries_mean(text: str, expected: list[int]) -> None:
    assert is_query(text, COLUMNS)
    assert matching(text, COLUMNS).astype(int).tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('echo') == 0",
        "quality.startswith('g') == 1",
        "@quality == 1",
        "depth + 1 == 11",
        "depth[0] == 10",
        "(lambda: depth)() == 1",
        "[d for d in depth] == 1",
        "f'{depth}' == 'a'",
        "(x := depth) == 1",
        "depth == quality.size",
        "depth is None",
        "quality == b'good'",
        "'good' == 'good'",
        "quality in depth",
        "quality in 'good'",
        "depth == 1j",
        "quality == 'good' if depth else depth == 1",
        "quality == ",
        "= good",
        "not " * 700 + "is_fast",
        "(" * 300 + "is_fast" + ")" * 300 + " == 1",
    ],
)
def test_nothing_else_is_understood(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        matching(text, COLUMNS)


def test_columns_and_kinds_are_checked() -> None:
    with pytest.raises(ConfigError, match="no column good") as caught:
        matching("quality == good", COLUMNS)
    assert "texts need quotes" in caught.value.hint
    with pytest.raises(ConfigError, match="compared with a number") as wrong:
        matching("quality == 1", COLUMNS)
    assert "good, mua, noise" in wrong.value.expected
    with pytest.raises(ConfigError, match="compared with a number"):
        matching("depth in [1, '2']", COLUMNS)


@pytest.mark.parametrize("text", ["3,7,9", "unit_3", "good", "depth", "3", "a b, c"])
def test_labels_are_no_queries(text: str) -> None:
    assert not is_query(text, COLUMNS)


@given(
    text=st.lists(
        st.sampled_from([*"()[]=<>!'`,.@ 015", "depth", "quality", " and ", " in ", "'good'"]),
        max_size=12,
    ).map("".join)
)
def test_any_text_is_a_choice_or_an_error(text: str) -> None:
    try:
        found = matching(text, COLUMNS)
    except ConfigError:
        return
    assert found.shape == (4,)
    assert found.dtype == np.bool_
