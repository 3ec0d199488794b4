"""The circuits of the generators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.report.page.section import Block, Code, Section

if TYPE_CHECKING:
    from neuroqgan.report.page.view import PageView


def _applies(view: PageView) -> bool:
    return any(run.view.circuits for run in view.runs)


def _render(view: PageView) -> list[Block]:
    found: dict[tuple[str, str], list[str]] = {}
    for run in view.runs:
        for circuit in run.view.circuits:
            found.setdefault((circuit.summary(), circuit.drawing), []).append(run.label)
    return [
        Code(
            summary.partition(":")[0] if len(view.runs) == 1 else ", ".join(dict.fromkeys(runs)),
            drawing,
            f"{summary}.",
        )
        for (summary, drawing), runs in found.items()
    ]


CIRCUIT = Section(
    "circuit",
    "Circuit",
    _applies,
    _render,
    "Drawn by Qiskit: one wire per qubit, time from left to right; M measures a spike. The angles "
    "are what training and latent variables decide.",
)
