"""A generator in a notebook: preset, sizes, hyper-parameters, and one of its circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.notebooks.card import card
from neuroqgan.notebooks.circuit_picture import circuit_picture

if TYPE_CHECKING:
    from neuroqgan.models.contract import GeneratorContract


def generator_card(generator: GeneratorContract, sizes: str) -> str:
    """Return a generator as HTML.

    Parameters
    ----------
    generator
        With or without weights; only one that knows its sizes has a circuit.
    sizes
        Its sizes in words.
    """
    preset = generator.preset
    rows: dict[str, object] = {"preset": f"{preset.name}: {preset.summary}", "sizes": sizes}
    rows |= dict(generator.shape)
    if not generator.is_built:
        return card(type(generator).__name__, rows)
    known = generator.spec.covariates
    rows["covariates"] = "none" if known is None else ", ".join(known.names)
    circuit, left_out = generator.drawn_circuit()
    caption = left_out.rstrip(":") or f"A cell circuit on {circuit.num_qubits} qubits"
    return card(type(generator).__name__, rows, picture=circuit_picture(circuit), caption=caption)
