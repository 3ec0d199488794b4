"""An explanation: importances, contexts and effects, printed, stored and shown in notebooks."""

from __future__ import annotations

import io
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.evaluation.explain.spike_contexts import spike_contexts
from neuroqgan.evaluation.judges.judge_registry import judge_title
from neuroqgan.notebooks.card import card, table_of
from neuroqgan.notebooks.pictures import heat_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from neuroqgan.evaluation.explain.importance import SpikeImportance
    from neuroqgan.evaluation.explain.input_effects import InputEffect
    from neuroqgan.evaluation.explain.spike_contexts import SpikeContext

_WIDTH = 80
_SHOWN, _MOST_EFFECTS = 4, 12
# Standard errors from which on something is said.
_SURE = 3.0
# Share by which the more frequent kind has to exceed the other.
_DIFFERS = 0.05


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why generated windows are recognised, and what drives a generator's neurons.

    Printed, it is a table; see `neuroqgan.explain`.

    Parameters
    ----------
    spikes
        Importance of every explained spike.
    effects
        What each dimension of what drives the generator does, the strongest first.
    neuron_labels
        Labels of the neurons.
    bin_width
        Width of a bin in seconds.

    Examples
    --------
    >>> import numpy as np
    >>> import neuroqgan as nq
    >>> from neuroqgan.evaluation.explain.importance import explain_spikes
    >>> random = np.random.default_rng(0)
    >>> dense, sparse = (nq.SpikeRaster(random.random((80, 4, 2)) < p, 0.02) for p in (0.5, 0.1))
    >>> spikes = explain_spikes(dense, sparse, judge="trees", max_windows=20)
    >>> nq.Explanation(spikes, (), ("a", "b"), 0.02).by_bin.shape
    (4, 2)
    """

    spikes: SpikeImportance
    effects: tuple[InputEffect, ...]
    neuron_labels: tuple[str, ...]
    bin_width: float

    @property
    def contexts(self) -> tuple[SpikeContext, ...]:
        """What spikes are near others; see `spike_contexts`."""
        return spike_contexts(self.spikes)

    @property
    def by_neuron(self) -> NDArray[np.float64]:
        """Mean importance of each neuron's spikes in generated windows, ``(n_neurons,)``."""
        return _means(self.spikes.generated.importance, self.spikes.generated.spikes, (0, 1))

    @property
    def by_bin(self) -> NDArray[np.float64]:
        """Mean importance of spikes by bin and neuron, ``(n_bins, n_neurons)``; 0 without any."""
        return _means(self.spikes.generated.importance, self.spikes.generated.spikes, (0,))

    @property
    def findings(self) -> list[str]:
        """What stands out, in sentences."""
        test = self.spikes.test
        if test.low <= 0.5:
            name = judge_title(self.spikes.judge)
            said = f"The {name} cannot distinguish generated windows from real ones"
            return [f"{said} (accuracy {test.accuracy:.3f}): importances are noise."]
        found = []
        for row in sorted(self.contexts, key=lambda row: -abs(row.importance * row.n_spikes)):
            more = row.generated_share - row.real_share
            # A kind that is as frequent in both says nothing by itself.
            counts = abs(more) > _DIFFERS * max(row.real_share, row.generated_share)
            if not (counts and row.importance * more > 0):
                continue
            if not abs(row.importance) > _SURE * row.error:
                continue
            looks = "generated" if row.importance > 0 else "real"
            found.append(
                f"Spikes {row.clause} look {looks}: {row.generated_share:.1%} of generated and "
                f"{row.real_share:.1%} of real spikes."
            )
        return found[:_SHOWN]

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the windows themselves, ready for JSON; NaN becomes None."""
        test = self.spikes.test
        return {
            "judge": self.spikes.judge,
            "accuracy": test.accuracy,
            "accuracy_interval": [test.low, test.high],
            "explained_windows": len(self.spikes.generated.spikes),
            "neuron_labels": list(self.neuron_labels),
            "bin_width": self.bin_width,
            "findings": self.findings,
            "contexts": [
                {key: _finite(value) for key, value in asdict(row).items()} for row in self.contexts
            ],
            "importance_by_neuron": _numbers(self.by_neuron),
            "importance_by_bin": _numbers(self.by_bin),
            "effects": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "unit": one.unit,
                    "rates_hz": _numbers(one.rates),
                    "rate_errors_hz": _numbers(one.rate_errors),
                    "correlation": _finite(one.correlation),
                    "correlation_error": _finite(one.correlation_error),
                    "correlation_without": _finite(one.without),
                    "correlation_usual": _finite(one.usual),
                }
                for one in self.effects
            ],
        }

    def __str__(self) -> str:
        from neuroqgan.escaping.console import SafeConsole

        text = io.StringIO()
        SafeConsole(file=text, width=_WIDTH, color_system=None, force_jupyter=False).print(
            explanation_table(self)
        )
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def __repr__(self) -> str:
        test = self.spikes.test
        return (
            f"Explanation({judge_title(self.spikes.judge)}, accuracy {test.accuracy:.3f}, "
            f"{len(self.effects)} dimensions)"
        )

    def _repr_html_(self) -> str:
        tables = table_of(_CONTEXT_HEADINGS, map(_context_cells, self.contexts))
        if self.effects:
            shown = self.effects[:_MOST_EFFECTS]
            tables += table_of(
                _EFFECT_HEADINGS,
                [_effect_cells(one, self.neuron_labels) for one in shown],
                pictures=[heat_picture(one.rates[:, None], (10, 12)) for one in shown],
            )
        test = self.spikes.test
        return card(
            "Explanation",
            {"judge": judge_title(self.spikes.judge), "accuracy": f"{test.accuracy:.3f}"},
            table=tables,
            picture=heat_picture(self.by_bin),
            caption="Mean importance of generated spikes by bin (across) and neuron (down); "
            "red: looks generated, blue: looks real. Beside dimensions: rate of each neuron, "
            "red up, blue down",
            notes=self.findings,
        )


_CONTEXT_HEADINGS = ("spikes", "generated", "real", "importance", "error")
_EFFECT_HEADINGS = ("dimension", "mean |change|", "most changed", "correlation", "without it")


def explanation_table(explanation: Explanation) -> RenderableType:
    """Return an explanation as tables for a terminal, at most 80 columns wide."""
    from rich.console import Group
    from rich.constrain import Constrain
    from rich.table import Table
    from rich.text import Text

    test = explanation.spikes.test
    contexts = Table(box=None, header_style="bold", pad_edge=False)
    contexts.add_column(_CONTEXT_HEADINGS[0])
    for heading in _CONTEXT_HEADINGS[1:]:
        contexts.add_column(heading, justify="right")
    for row in explanation.contexts:
        contexts.add_row(*_context_cells(row))
    parts: list[RenderableType] = [
        Text(
            f"The {judge_title(explanation.spikes.judge)} recognises {test.accuracy:.1%} of "
            f"windows (chance: 50 %)."
        ),
        contexts,
        Text(
            "Importance: how much the log odds of being generated fall if such a spike of a "
            "generated window is taken out. Shares: of all spikes.",
            style="dim italic",
        ),
        *(Text(f"Note: {said}", style="bold") for said in explanation.findings),
    ]
    if explanation.effects:
        effects = Table(box=None, header_style="bold", pad_edge=False)
        for i, heading in enumerate(_EFFECT_HEADINGS):
            effects.add_column(heading, justify="left" if i in (0, 2) else "right")
        for one in explanation.effects[:_MOST_EFFECTS]:
            effects.add_row(*map(Text, _effect_cells(one, explanation.neuron_labels)))
        usual = explanation.effects[0].usual
        units = "; ".join(dict.fromkeys(one.unit for one in explanation.effects))
        left_out = len(explanation.effects) - _MOST_EFFECTS
        more = f" {left_out} weaker ones are left out." if left_out > 0 else ""
        parts += [
            Text(""),
            effects,
            Text(
                f"Change of rates, and of the mean correlation of pairs, per unit ({units}). "
                "Without it: the mean correlation while it is held at its mean; usually "
                f"{usual:.3f}.{more}",
                style="dim italic",
            ),
        ]
    return Group(*(Constrain(part, _WIDTH) if type(part) is Text else part for part in parts))


def _context_cells(row: SpikeContext) -> tuple[str, ...]:
    known = not math.isnan(row.importance)
    return (
        row.title,
        f"{row.generated_share:.1%}",
        f"{row.real_share:.1%}",
        f"{row.importance:+.3f}" if known else "-",
        "-" if math.isnan(row.error) else f"{row.error:.3f}",
    )


def _effect_cells(one: InputEffect, labels: tuple[str, ...]) -> tuple[str, ...]:
    order = np.argsort(-np.abs(one.rates))[:2]
    most = ", ".join(f"{labels[n]} {one.rates[n]:+.1f}" for n in order)
    return (
        one.name,
        f"{one.strength:.2f} Hz",
        most,
        "-" if math.isnan(one.correlation) else f"{one.correlation:+.4f}",
        "-" if math.isnan(one.without) else f"{one.without:.3f}",
    )


def _means(
    importance: NDArray[np.float32], spikes: NDArray[np.bool_], axes: tuple[int, ...]
) -> NDArray[np.float64]:
    sums = importance.sum(axes, dtype=np.float64)
    means: NDArray[np.float64] = sums / np.maximum(spikes.sum(axes), 1)
    return means


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(values: NDArray[np.float64]) -> Any:
    return np.round(values, 6).tolist()
