"""The training loop: metrics, checkpoints, interruption, divergence."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import DivergenceError, StorageError
from neuroqgan.schemas import checked
from neuroqgan.simulation.threads import one_torch_thread
from neuroqgan.training.checkpoint import save_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from neuroqgan.training.base import BaseTrainer, StepReport

CHECKPOINT = "checkpoint.safetensors"
METRICS = "metrics.jsonl"

# Far above what the noise of a batch does to a loss in standard errors of the recording.
_RUNAWAY_FACTOR, _RUNAWAY_STEPS = 1e3, 20


@dataclass(frozen=True)
class _Step:
    """A row of the metrics, as far as it is read again; it may have more columns."""

    step: Annotated[int, Field(ge=0, lt=2**63)]
    loss: float
    seconds: float
    statistics_loss: float | None = None
    distance: float | None = None
    gradient_norm: float | None = None
    learning_rate: float | None = None


def train(
    trainer: BaseTrainer,
    folder: str | Path,
    *,
    recording: str | None = None,
    on_step: Callable[[StepReport], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_checkpoint: Callable[[BaseTrainer], None] = lambda _: None,
) -> bool:
    """Train until done, or until asked to stop.

    Metrics go to ``metrics.jsonl``, one line per step; the trainer's state goes to
    ``checkpoint.safetensors`` every so often, on a stop, and at the end.

    Parameters
    ----------
    trainer
        New, or put back to a checkpoint of this folder.
    folder
        Where metrics and checkpoints go.
    recording
        SHA-256 of the spikes, to be kept with the checkpoint.
    on_step
        Called after every step.
    should_stop
        Asked after every step.
    on_checkpoint
        Called with the trainer after every checkpoint; it may look at the weights, not change them.

    Returns
    -------
    bool
        True when all steps are done, False when stopped before.

    Raises
    ------
    DivergenceError
        If the loss or gradient is not finite, or stays far above where it began.
    StorageError
        If metrics or a checkpoint cannot be written.
    """
    folder = Path(folder)
    metrics = folder / METRICS
    earlier = [row for row in read_metrics(metrics) if row["step"] <= trainer.steps_done]
    seconds = float(earlier[-1]["seconds"]) if earlier else 0.0
    start = time.monotonic() - seconds
    runaway = Runaway()
    try:
        # Rows that the weights do not have go; on a full disk the file stays as it was.
        with atomic_write(metrics, overwrite=True) as whole:
            whole.write("".join(json.dumps(row) + "\n" for row in earlier).encode())
        # Bytes of the rows that the last checkpoint has.
        kept = metrics.stat().st_size
        try:
            with one_torch_thread(), metrics.open("a", encoding="utf-8", buffering=1) as lines:
                while not trainer.finished:
                    report = trainer.step()
                    row = report.to_dict() | {"seconds": round(time.monotonic() - start, 3)}
                    lines.write(json.dumps(row) + "\n")
                    if on_step is not None:
                        on_step(report)
                    runaway.watch(report)
                    if trainer.steps_done % trainer.settings.checkpoint_every == 0:
                        save_checkpoint(trainer, folder / CHECKPOINT, recording)
                        kept = metrics.stat().st_size
                        on_checkpoint(trainer)
                    if should_stop():
                        break
            save_checkpoint(trainer, folder / CHECKPOINT, recording)
        except (OSError, StorageError):
            # Metrics must not say more than the weights that a resume begins with.
            with suppress(OSError):
                os.truncate(metrics, kept)
            raise
    except OSError as error:
        raise StorageError(
            f"{metrics} could not be written.",
            expected="a writable folder with free space",
            got=error.strerror or str(error),
            hint="free some space, or set NEUROQGAN_HOME to another folder",
        ) from error
    return trainer.finished


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read the metrics of a training; lines that are damaged or cut off are left out."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
            checked(_Step, row)
        except (ValueError, RecursionError):
            continue
        rows.append(row)
    return rows


class Runaway:
    """Notices a loss that stays far above its start, before it overflows."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._above = 0

    def watch(self, report: StepReport) -> None:
        """Look at a step.

        Raises
        ------
        DivergenceError
            If the loss has been far above its start for several steps.
        """
        if report.statistics_loss is None:
            return
        size = abs(report.statistics_loss)
        if self._first is None:
            self._first = max(size, 1.0)
        self._above = self._above + 1 if size > _RUNAWAY_FACTOR * self._first else 0
        if self._above >= _RUNAWAY_STEPS:
            raise DivergenceError(
                f"The training diverged by step {report.step}.",
                expected=f"a loss that falls from {self._first:.3g}",
                got=f"{size:.3g} for {self._above} steps",
                hint="a lower learning_rate in a new training; the last checkpoint is kept",
            )
