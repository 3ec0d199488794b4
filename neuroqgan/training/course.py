"""How a training goes so far: what progress bars, watches and notebooks show of it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from neuroqgan.training.base import StepReport

# Steps over which the loss beside a bar is smoothed.
_SMOOTHING = 20


@dataclass(frozen=True)
class Curve:
    """One column of the metrics.

    Parameters
    ----------
    key
        Its key in a row of the metrics.
    title
        Its name in words.
    """

    key: str
    title: str


CURVES = (
    Curve("loss", "loss"),
    Curve("statistics_loss", "statistics loss"),
    Curve("distance", "critic's distance"),
)
"""What is shown of a training, in this order, as far as it has them."""


class Course:
    """Steps, curves and times of a training.

    Parameters
    ----------
    total
        Steps of the training.
    earlier
        Rows of the metrics of the steps that were done before, if it was interrupted.

    Examples
    --------
    >>> from neuroqgan.training.base import StepReport
    >>> course = Course(10)
    >>> course.take(StepReport(1, 0.5, None, None, 1.0, 0.01))
    >>> course.step, course.loss, list(course.curves())
    (1, 0.5, ['loss'])
    """

    def __init__(self, total: int, earlier: Iterable[Mapping[str, Any]] = ()) -> None:
        self.total = total
        self.step = 0
        self.loss: float | None = None
        """The loss, smoothed."""
        self._values: dict[str, list[float]] = {curve.key: [] for curve in CURVES}
        for row in earlier:
            self._add(row)
        self._start = time.monotonic()
        # The first step may include what is done once, so the pace is that of the others.
        self._first: tuple[int, float] | None = None

    def take(self, report: StepReport) -> None:
        """Take in another step."""
        self._add(report.to_dict())
        if self._first is None:
            self._first = (self.step, time.monotonic())

    def _add(self, row: Mapping[str, Any]) -> None:
        self.step = int(row["step"])
        for key, values in self._values.items():
            if row.get(key) is not None:
                values.append(float(row[key]))
        statistics = row.get("statistics_loss")
        loss = float(row["loss"] if statistics is None else statistics)
        if self.loss is None or not math.isfinite(self.loss):
            self.loss = loss
        elif math.isfinite(loss):
            self.loss += (loss - self.loss) / _SMOOTHING

    def curves(self) -> dict[str, list[float]]:
        """Return the values of every curve that has some, by its title.

        A loss that is the statistics loss and nothing else is shown once.
        """
        found = {curve.title: self._values[curve.key] for curve in CURVES}
        if found["loss"] == found["statistics loss"]:
            del found["loss"]
        return {title: values for title, values in found.items() if values}

    @property
    def distance(self) -> float | None:
        """The critic's last distance; None before it joins."""
        values = self._values["distance"]
        return values[-1] if values else None

    @property
    def seconds(self) -> float:
        """Seconds since this process began to train."""
        return time.monotonic() - self._start

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end at the pace so far; None before the second step."""
        if self._first is None or self.step <= self._first[0]:
            return None
        step, began = self._first
        return (time.monotonic() - began) / (self.step - step) * (self.total - self.step)

    def line(self) -> str:
        """Return step, loss and time left in words."""
        loss = "-" if self.loss is None else f"{self.loss:.3g}"
        left = "" if self.seconds_left is None else f", {clock(self.seconds_left)} left"
        distance = "" if self.distance is None else f", distance {self.distance:.2g}"
        return f"step {self.step} of {self.total}, loss {loss}{distance}{left}"


def clock(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds.

    Examples
    --------
    >>> clock(3725.4)
    '1:02:05'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
