"""How to make the rasters again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.report.page.section import Block, Code, Facts, Section

if TYPE_CHECKING:
    from neuroqgan.report.page.view import PageView, Reproduction


def _applies(view: PageView) -> bool:
    return any(run.view.reproduction is not None for run in view.runs)


def _render(view: PageView) -> list[Block]:
    blocks: list[Block] = []
    settings: dict[str, list[str]] = {}
    for run in view.runs:
        known = run.view.reproduction
        if known is None:
            continue
        named = f": {run.label}" if len(view.runs) > 1 else ""
        blocks.append(Facts(f"Versions and hashes{named}", known.facts))
        blocks.append(
            Code(
                f"Command, on any machine{named}",
                known.command,
                "Save the settings below as run.toml first." if _needs_file(known) else "",
            )
        )
        blocks.append(
            Code(
                f"Command, where the run is kept{named}",
                known.replay,
                "Trains and samples again, and says whether the raster is the same.",
            )
        )
        settings.setdefault(known.config, []).append(run.label)
    # Rasters of one run share its settings.
    for config, labels in settings.items():
        named = f": {', '.join(labels)}" if len(view.runs) > 1 else ""
        blocks.append(Code(f"Settings, run.toml{named}", config))
    return blocks


def _needs_file(known: Reproduction) -> bool:
    """Return whether the command reads the settings; pretrained weights have none to train with."""
    return "run.toml" in known.command


REPRODUCTION = Section(
    "reproduction",
    "How to reproduce it",
    _applies,
    _render,
    "With the same versions, settings and data, the same weights are trained; a simulated raster "
    "is then the same bit for bit. A quantum device measures another raster every time.",
)
