from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.cli.streams import echo, plain, prepare_streams


@given(st.text())
def test_whatever_is_said_becomes_ascii(text: str) -> None:
    assert plain(text).isascii()
    assert plain(text) == text or not text.isascii()


def test_drawings_keep_their_width() -> None:
    drawing = "q: ┤ Ry(θ) ├──■──│█│"
    assert plain("┌─┐│├┤└┘■█░·…⠿⠀") == "+-+|||++##:.~: "
    assert len(plain(drawing.replace("θ", "t"))) == len(drawing)
    assert plain("Molano-Mazón ± 3 µs, θ → …") == "Molano-Mazon +- 3 us, theta > ~"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_streams_replace_what_they_lack(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, errors="strict"))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    prepare_streams()
    # The last character is a byte of a file name that is no text: together with others, such a byte
    # could be a control character.
    echo("é │ ⠿ \udcff")
    sys.stdout.flush()
    expected = {
        "ascii": rb"e | : \udcff",
        "cp1252": b"\xe9 | : \\udcff",
        "utf-8": r"é │ ⠿ \udcff".encode(),
    }
    assert raw.getvalue().strip() == expected[encoding]


def test_circuits_on_an_ascii_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "neuroqgan", "circuits", "show", "--neurons", "0:2"],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "NEUROQGAN_HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"parameters" in done.stdout
    assert done.stdout.isascii()
