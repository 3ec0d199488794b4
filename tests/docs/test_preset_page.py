"""The package on the page about presets works as it is printed there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import neuroqgan as nq
from neuroqgan.models import presets
from tests.docs.pages import DOCS, blocks

PAGE = DOCS / "how-to" / "preset.md"


def _forget() -> None:
    for lookup in (presets.preset_names, presets.find_preset, presets.generator_class):
        getattr(lookup, "cache_clear", lambda: None)()
    for name in [name for name in sys.modules if name.startswith("sleepy_package")]:
        del sys.modules[name]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install what the page prints: two modules and an entry point."""
    for block in blocks(PAGE, "python"):
        file = tmp_path / re.findall(r'title="(.+)"', block.title)[0]
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.code)
    group, entry = re.findall(r'"(.+)"\]\n(.+)\n', blocks(PAGE, "toml")[0].code)[0]
    info = tmp_path / "sleepy_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sleepy-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry.replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    _forget()
    yield
    _forget()


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_the_preset_of_the_page_is_trained_and_sampled() -> None:
    split = nq.split(nq.load("simulated", neurons=slice(0, 3)), n_bins=4)
    model = nq.Generator("sleepy", n_naps=3)
    model.fit(split, steps=1, batch=8, covariates="none", progress=False)
    assert model.sample(5, seed=1).spikes.shape == (5, 4, 3)
    assert "sleepy" in nq.preset_names()
