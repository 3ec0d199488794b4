"""What mattered in a sweep: the figure of every point, and its mean, against each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.escaping.printable import one_line
from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, as_written, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_COLUMNS = 3
_WIDTH, _HEIGHT = 3.3, 2.7
_LONGEST = 18  # letters of a label
_SPREAD = 0.12  # of points beside each other


def plot_sweep(
    effects: Sequence[tuple[str, Sequence[Any], Sequence[NDArray[np.float64]], float | None]],
    label: str,
    *,
    is_maximised: bool = False,
) -> Figure:
    """Draw one panel per setting: all points, and the mean for each of its values.

    Parameters
    ----------
    effects
        Of every setting its name, its values, the figures of the points with each value, shape
        ``(n_points,)``, and the share of the variance that it explains, or None.
    label
        What the figure is.
    is_maximised
        Whether higher is better.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Examples
    --------
    >>> import numpy as np
    >>> shown = ("layers", (1, 2), (np.array([0.9, 0.8]), np.array([0.6, 0.5])), 0.9)
    >>> plot_sweep([shown], "accuracy").axes[0].get_title("left")
    'layers: 90 % of the variance'
    """
    columns = max(1, min(_COLUMNS, len(effects)))
    rows = max(1, -(-len(effects) // columns))
    with style():
        figure = new_figure(_WIDTH * columns + 0.5, _HEIGHT * rows + 0.3)
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        better = "higher is better" if is_maximised else "lower is better"
        for place, axes in enumerate(grid.flat):
            if place >= len(effects):
                axes.set_axis_off()
                continue
            _panel(axes, *effects[place])
            if place % columns == 0:
                axes.set_ylabel(f"{label}\n({better})")
        if not effects:
            grid[0, 0].set_axis_off()
            grid[0, 0].text(0.5, 0.5, "nothing was varied", ha="center", color=FLOOR)
    return figure


def _panel(
    axes: Axes,
    name: str,
    choices: Sequence[Any],
    values: Sequence[NDArray[np.float64]],
    share: float | None,
) -> None:
    told = "no difference" if share is None else f"{100 * share:.0f} % of the variance"
    axes.set_title(f"{as_written([name])[0]}: {told}")
    means = []
    for place, found in enumerate(values):
        # Beside each other, always in the same way.
        offsets = _SPREAD * np.linspace(-1, 1, len(found)) if len(found) > 1 else np.zeros(1)
        axes.plot(place + offsets[: len(found)], found, ".", color=ACCENT, alpha=0.5, markersize=5)
        if len(found):
            means.append((place, float(found.mean())))
    if means:
        axes.plot(*zip(*means, strict=True), "o-", color=GENERATED, label="mean")
        axes.legend(loc="best")
    axes.set_xticks(range(len(choices)), as_written(_shown(choice) for choice in choices))
    axes.set_xlim(-0.5, len(choices) - 0.5)
    if len(choices) > 4 or max(len(_shown(choice)) for choice in choices) > 8:
        axes.tick_params(axis="x", labelrotation=30)


def _shown(choice: Any) -> str:
    text = one_line(str(choice).lower() if isinstance(choice, bool) else str(choice))
    return text if len(text) <= _LONGEST else f"...{text[-_LONGEST + 3 :]}"
