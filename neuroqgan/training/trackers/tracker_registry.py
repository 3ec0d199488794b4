"""All trackers by name, and how one is chosen.

A tracker is one module and one line in `_KINDS`; another package adds its own with an entry point
in the group ``neuroqgan.trackers`` that loads a `TrackerKind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.training.trackers.tracking import Tracking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.training.trackers.tracker import Tracker

TRACKER_GROUP = "neuroqgan.trackers"
"""Entry points of this group are trackers of other packages."""


@dataclass(frozen=True)
class TrackerKind:
    """A kind of tracker.

    Parameters
    ----------
    name
        As it is chosen.
    summary
        What it is, in a few words.
    opener
        Where the function is that makes a `Tracker`, as ``module:function``. It receives what
        follows the colon of the choice, empty if there is none, and the folder in which the run is
        kept, or None. It is imported at its first use.
    extra
        Extra of the package that brings what it needs; empty if nothing is missing.
    """

    name: str
    summary: str
    opener: str
    extra: str = ""


_KINDS = (
    TrackerKind(
        "tensorboard",
        "event files for TensorBoard, in the run's folder or in FOLDER",
        "neuroqgan.training.trackers.event_files:open_event_files",
        "tensorboard",
    ),
    TrackerKind(
        "mlflow",
        "a run of MLflow, in its usual place, on a server, or in FOLDER",
        "neuroqgan.training.trackers.mlflow_run:open_mlflow",
        "mlflow",
    ),
)


def trackers() -> dict[str, TrackerKind]:
    """Return all kinds of trackers by name.

    Examples
    --------
    >>> list(trackers())[:2]
    ['tensorboard', 'mlflow']
    """
    others = sorted(entry_points(group=TRACKER_GROUP), key=lambda point: point.name)
    found = [*_KINDS, *(point.load() for point in others)]
    return {kind.name: kind for kind in found}


def open_tracker(chosen: str | Tracker | None, folder: Path | None = None) -> Tracking:
    """Open a tracker.

    Parameters
    ----------
    chosen
        A name, or a name with a place such as ``mlflow:http://127.0.0.1:5000``; a tracker of your
        own; None to track nothing.
    folder
        The folder in which the run is kept, if there is one.

    Returns
    -------
    Tracking
        To be closed at the end; it is a context manager.

    Raises
    ------
    ConfigError
        If there is no tracker of that name, or the package that it needs is not installed.

    Examples
    --------
    >>> open_tracker("notebook")
    Traceback (most recent call last):
        ...
    neuroqgan.errors.ConfigError: There is no tracker 'notebook'.
    ...
    """
    if chosen is None:
        return Tracking(None)
    if not isinstance(chosen, str):
        return Tracking(chosen, type(chosen).__name__)
    name, _, place = chosen.partition(":")
    known = trackers()
    if name not in known:
        raise ConfigError(
            f"There is no tracker {name!r}.", expected=", ".join(known), got=repr(chosen)
        )
    kind = known[name]
    try:
        opener: Callable[[str, Path | None], Tracker] = resolve_name(kind.opener)
        return Tracking(opener(place, folder), name)
    except ImportError as error:
        if not kind.extra:
            raise
        raise ConfigError(
            f"The tracker {name} needs a package that is not installed.",
            expected=f"the extra {kind.extra}",
            got=str(error),
            hint=f'pip install "neuroqgan[{kind.extra}]"',
        ) from error
