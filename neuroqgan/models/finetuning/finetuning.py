"""Finetuning for a device: drives are moved until noisy rasters have the recorded firing rates."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from neuroqgan.errors import ConfigError
from neuroqgan.models.drive.rate_steps import RateSteps
from neuroqgan.models.finetuning.rate_shift import rate_shift, shifted_rates
from neuroqgan.models.given import source_for
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.schemas import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from neuroqgan.backends.local.in_process import LocalBackend
    from neuroqgan.data.split import Split
    from neuroqgan.models.contract import GeneratorContract

    Floats = NDArray[np.float64]

_STREAM = 401
_ROUNDS, _STEPS = 2, 4
# Share of its recorded spikes that a neuron keeps, however often noise makes it fire.
_KEPT = 0.5
# Bins of every neuron in free runs.
_BINS = 32_000


@dataclass
class Finetuning:
    """How a generator was finetuned, round by round.

    Parameters
    ----------
    device
        Name of the simulated device.
    seed
        Of the shots and free runs.
    recorded
        Spike probabilities per bin of the recording, by neuron.
    before, after
        Those of noisy rasters with the weights of the training, and with those that were found.
    shifts
        By how much the noise raises each probability, in every round.
    steps
        What was done to the drives: the rates that they had, and what was added to them.
    seconds
        Duration of every round.
    """

    device: str
    seed: int
    recorded: list[float]
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    shifts: list[list[float]] = field(default_factory=list)
    steps: list[tuple[list[float], list[float]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def is_finished(self) -> bool:
        """Whether all rounds are done."""
        return bool(self.after)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Finetuning:
        """Read what `to_dict` returned.

        Raises
        ------
        ValueError
            If it is something else.
        """
        found = checked(cls, dict(fields))
        n_neurons = len(found.recorded)
        rates = [
            found.before,
            found.after,
            *found.shifts,
            *(part for step in found.steps for part in step),
        ]
        if not all(
            0 <= rate <= 1 for one in (found.recorded, found.before, found.after) for rate in one
        ):
            raise ValueError("a spike probability outside 0 to 1")
        if found.after and not found.before:
            raise ValueError("no rates before the first round")
        if not n_neurons or any(len(one) not in (0, n_neurons) for one in rates):
            raise ValueError(f"rates of other neurons than the {n_neurons} recorded ones")
        return found

    def line(self) -> str:
        """Return in one sentence what it achieved."""
        recorded = np.array(self.recorded)
        before, after = (
            float(np.abs(np.array(rates) - recorded).mean() / max(recorded.mean(), 1e-12))
            for rates in (self.before, self.after)
        )
        return (
            f"Finetuned on {self.device}: firing rates of noisy rasters are off by {after:.1%} of "
            f"the mean rate, {before:.1%} before."
        )


def open_device(generator: type[GeneratorContract] | GeneratorContract, name: str) -> LocalBackend:
    """Return the simulated device on which a generator is to be finetuned.

    Parameters
    ----------
    generator
        The generator, or its class.
    name
        Of the device.

    Raises
    ------
    ConfigError
        If it is no simulated device, or the generator has no drives to move.
    BackendNotFoundError
        If there is no such backend.
    """
    from neuroqgan.backends.kinds import kind_of
    from neuroqgan.backends.names import parse
    from neuroqgan.backends.registry import resolve

    if not generator.has_drives:
        raise ConfigError(
            "This preset has no thresholds that could be moved for a device.",
            expected="history, stationary or memory",
            got=f"finetune_on = {name}",
            hint="leave `finetune_on` out",
        )
    parsed = parse(name)
    kind = kind_of(parsed.kind)
    if kind.ideal or not kind.simulates:
        device = parsed.device.removeprefix(f"{parsed.kind}_") if kind.remote else "fez"
        raise ConfigError(
            "A generator is finetuned on the simulation of a noisy device.",
            expected="fake_<name>, as listed by `neuroqgan backends list`",
            got=name,
            hint=f"`finetune_on = fake_{device}`",
        )
    return cast("LocalBackend", resolve(name))


def finetune(
    generator: GeneratorContract,
    split: Split,
    device: str,
    *,
    seed: int = 0,
    so_far: Finetuning | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_round: Callable[[Finetuning], None] = lambda _: None,
    **options: Any,
) -> Finetuning:
    """Move the drives of a generator until noisy rasters fire as the recording does.

    Readout errors are mostly silent bins that are read as spikes, so rasters of a device fire too
    often. In each of two rounds, the simulated device says by how much, and a few secant steps find
    the drives at which free runs with so many wrong spikes have the rates of the training windows.
    Every neuron keeps at least half as many spikes of its own as it has in the recording, so one
    that noise makes fire more often than half of that still fires too often afterwards.

    Parameters
    ----------
    generator
        Trained; its weights are changed.
    split
        Its recording.
    device
        Simulated device, such as ``fake_fez``.
    seed
        Of the shots and free runs.
    so_far
        An earlier call that was stopped, on a generator with the weights of the training: what it
        did is done again from its record, without any shots.
    should_stop
        Asked before every round.
    on_round
        Called after every round.
    **options
        How rasters are going to be measured, ``bins_per_job`` and ``multi_bin_circuit``
        (`neuroqgan.sampling.order.RasterOrder`).

    Returns
    -------
    Finetuning
        What was done; not finished if it was stopped.

    Raises
    ------
    ConfigError
        If the device is no simulated one, or the generator has no drives.
    PlanError
        If its circuits do not fit on the device.
    """
    backend = open_device(generator, device)
    n_bins = generator.spec.n_bins
    stream = np.random.SeedSequence(seed, spawn_key=(_STREAM,))
    shots, runs = (int(number) >> 1 for number in stream.generate_state(2))
    n_runs = -(-_BINS // n_bins)
    order = RasterOrder(n_runs, n_bins=n_bins, **options)
    recorded = split.train.spikes.mean((0, 1))
    done = so_far or Finetuning(device, seed, recorded.tolist())
    for found, change in done.steps:
        generator.add_to_drives(np.array(change), np.array(found))
    source = source_for(generator, n_runs, n_bins, runs)
    while not done.is_finished and not should_stop():
        start = time.monotonic()
        shift = rate_shift(source, order, backend, shots + len(done.shifts))
        done.shifts.append(shift.tolist())
        if len(done.shifts) > _ROUNDS:
            done.after = shifted_rates(source, order, shift, runs + 1).tolist()
        else:
            _match(generator, source, order, shift, recorded, runs, done)
        done.seconds.append(round(time.monotonic() - start, 3))
        on_round(done)
    return done


def _match(
    generator: GeneratorContract,
    source: Any,
    order: RasterOrder,
    shift: Floats,
    recorded: Floats,
    seed: int,
    done: Finetuning,
) -> None:
    """Add secant steps to the drives, for a given shift of the rates."""
    # A neuron whose noise alone fires as often as it should would lose all its spikes.
    secant = RateSteps(np.where(recorded > 0, np.maximum(recorded, shift + _KEPT * recorded), 0.0))
    for _ in range(_STEPS):
        found = shifted_rates(source, order, shift, seed)
        if not done.before:
            done.before = found.tolist()
        change = secant.change(found)
        generator.add_to_drives(change, found)
        done.steps.append((found.tolist(), change.tolist()))
