from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.data.neurons import parse_neurons
from neuroqgan.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "indices"),
    [
        ("0:4", [0, 1, 2, 3]),
        ("3,7,9", [3, 7, 9]),
        ("0:10:5, 2", [0, 5, 2]),
        ("10:", [10, 11]),
        (":", list(range(12))),
        (":2", [0, 1]),
        ("11", [11]),
    ],
)
def test_notation(text: str, indices: list[int]) -> None:
    assert parse_neurons(text, 12) == indices


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a", "cannot be read"),
        ("", "cannot be read"),
        ("-1", "cannot be read"),
        ("1,,2", "cannot be read"),
        ("0:4:0", "step"),
        ("4:4", "empty"),
        ("12", "does not have"),
        ("0:13", "does not have"),
        ("1,0:3", "twice"),
    ],
)
def test_mistakes(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_neurons(text, 12)


def test_an_open_slice_needs_a_recording() -> None:
    with pytest.raises(ConfigError, match="no end"):
        parse_neurons("3:")


@given(st.text(alphabet="0123456789:,- a", max_size=12))
def test_any_text_gives_indices_or_our_error(text: str) -> None:
    try:
        chosen = parse_neurons(text, 30)
    except ConfigError:
        return
    assert chosen
    assert len(set(chosen)) == len(chosen)
    assert all(0 <= index < 30 for index in chosen)
