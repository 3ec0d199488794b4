"""Event files for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.training.trackers.tracker import Ending, TrackedRun, Tracker

_FOLDER = "tensorboard"
# Seconds after which what was logged is on disk, even if the process is killed.
_FLUSH = 5


class EventFiles:
    """Writes event files, which ``tensorboard --logdir FOLDER`` shows.

    A training that goes on writes into the same folder; TensorBoard forgets the steps that are
    done again.

    Parameters
    ----------
    folder
        Where they go.
    is_shared
        Whether every run gets a folder of its own name in it.
    """

    def __init__(self, folder: Path, *, is_shared: bool) -> None:
        self._folder = folder
        self._is_shared = is_shared
        self._writer: Any = None

    @property
    def where(self) -> str:
        """See `Tracker.where`."""
        return f"tensorboard --logdir {self._folder}"

    def begin(self, run: TrackedRun) -> None:
        """See `Tracker.begin`; settings appear under HPARAMS."""
        from torch.utils.tensorboard import SummaryWriter
        from torch.utils.tensorboard.summary import hparams

        folder = self._folder / run.name if self._is_shared else self._folder
        purge = run.steps_done + 1 if run.steps_done else None
        self._writer = SummaryWriter(str(folder), purge_step=purge, flush_secs=_FLUSH)
        if run.steps_done:
            return
        usual = {
            name: value if isinstance(value, bool | int | float | str) else str(value)
            for name, value in run.settings.items()
        }
        # torch has no type for it
        for summary in hparams(usual, {"training/loss": 0.0}):  # type: ignore[no-untyped-call]
            self._writer.file_writer.add_summary(summary)
        rows = "\n".join(f"| {name} | {value} |" for name, value in usual.items())
        self._writer.add_text("settings", f"| setting | value |\n|---|---|\n{rows}", 0)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """See `Tracker.log`."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def picture(self, path: Path, step: int) -> None:
        """See `Tracker.picture`."""
        from matplotlib.image import imread

        self._writer.add_image(path.stem, imread(str(path)), step, dataformats="HWC")

    def end(self, ending: Ending) -> None:
        """See `Tracker.end`."""
        del ending
        self._writer.close()


def open_event_files(place: str, folder: Path | None) -> Tracker:
    """Return a tracker that writes event files.

    Parameters
    ----------
    place
        A folder for the event files of many runs; empty for the run's own folder, or for
        ``tensorboard`` here if the run has none.
    folder
        The folder in which the run is kept, or None.

    Raises
    ------
    ImportError
        If TensorBoard is not installed.
    """
    import torch.utils.tensorboard  # noqa: F401  # said before the training, not in the middle

    if place or folder is None:
        return EventFiles(Path(place or _FOLDER).expanduser(), is_shared=True)
    return EventFiles(folder / _FOLDER, is_shared=False)
