"""What a run was made of and with, in lines for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.runs.records import REPLAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.runs.sampled import SampledRaster

_DIGITS = 12


def provenance_lines(provenance: Mapping[str, Any]) -> list[str]:
    """Return the lines of a provenance record; what an earlier version did not keep is left out.

    Parameters
    ----------
    provenance
        See `neuroqgan.runs.folder.RunFolder.provenance`.
    """
    lines = []
    packages: Mapping[str, Any] = provenance.get("packages") or {}
    names = [f"{name} {version}" for name, version in packages.items() if version]
    python = provenance.get("python")
    if python:
        where = provenance.get("platform")
        names.insert(1, f"Python {python}" + (f" on {where}" if where else ""))
    if names:
        lines.append(f"made with {', '.join(names)}")
    recording: Mapping[str, Any] = provenance.get("recording") or {}
    if recording.get("sha256"):
        counted = [
            f"{recording[key]} {words}"
            for key, words in (
                ("training_windows", "training windows"),
                ("held_out_windows", "held-out windows"),
            )
            if key in recording
        ]
        lines.append(", ".join([f"recording SHA-256 {recording['sha256']}", *counted]))
    if provenance.get(REPLAYS):
        lines.append(f"replay of {provenance[REPLAYS]}")
    return lines


def raster_words(sampled: SampledRaster | None) -> str:
    """Return in parentheses how a raster was sampled, or nothing if that is not known.

    Parameters
    ----------
    sampled
        How it was.
    """
    if sampled is None:
        return ""
    words = [sampled.backend, f"{sampled.n_samples:,} samples", f"seed {sampled.seed}"]
    words += [f"{key} {value}" for key, value in sampled.settings.items()]
    if sampled.sha256 is not None:
        words.append(f"SHA-256 {sampled.sha256[:_DIGITS]}...")
    return f" ({', '.join(words)})"
