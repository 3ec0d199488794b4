"""A progress bar for downloads."""

from __future__ import annotations

from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from neuroqgan.escaping.console import SafeConsole


class DownloadBar:
    """What pooch expects of a progress bar, drawn by rich on the standard error stream.

    Pooch sets `total`, in bytes, before its first `update`.
    """

    def __init__(self) -> None:
        self.total = 0
        self._bar = Progress(
            BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=SafeConsole(stderr=True)
        )
        self._task = self._bar.add_task("download", total=None)

    def update(self, size: int) -> None:
        """Advance by ``size`` bytes."""
        self._bar.start()
        self._bar.update(self._task, advance=size, total=self.total or None)

    def reset(self) -> None:
        """Go back to zero."""
        self._bar.reset(self._task)

    def close(self) -> None:
        """Leave the bar on the screen."""
        self._bar.stop()
