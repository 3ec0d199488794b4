"""Points that Optuna proposes from the values of earlier ones.

Optuna's sampler is asked for a fixed number of points per round, and told their values when all of
them are known. What it proposes thus depends on the seed and on values alone, not on which worker
was faster or how many there were, and a sweep that was cut off goes on as if nothing had happened.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from neuroqgan.seeding import step_generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from neuroqgan.runs.sweep.method import Search
    from neuroqgan.runs.sweep.sweep_file import SweepFile

ROUND = 8
"""Points per round."""

JOURNAL = "optuna.jsonl"
"""Name of the file that Optuna keeps its trials in."""

_POINT = "point"
# Of the random numbers.
_STREAM = 71
# Proposals in a row that were tried before, after which a point is drawn.
_STUBBORN = 20


def optuna_points(search: Search) -> Iterator[Sequence[int]]:
    """Yield proposals of Optuna, in rounds; see `neuroqgan.runs.sweep.method.Chooser`."""
    with _quiet():
        study = open_study(search.folder / JOURNAL, search.is_maximised)
        ended = [trial.user_attrs[_POINT] for trial in study.trials if _has_failed(trial)]
        if failed := [point for point in ended if search.value_of(point) is None]:
            # They may succeed this time. Optuna knows them as failed, so proposals stay the same.
            yield failed
        while True:
            trials = study.trials
            # A sweep that was killed may have been asked for a part of a round.
            room = -len(trials) % ROUND
            if room == 0 and all(trial.state.is_finished() for trial in trials):
                room = ROUND
            for _ in range(min(room, search.n_trials - len(trials))):
                _propose(study, search)
            waiting = [trial for trial in study.trials if not trial.state.is_finished()]
            if not waiting:
                return
            yield [trial.user_attrs[_POINT] for trial in waiting]
            for trial in waiting:
                _tell(study, trial.number, search.value_of(trial.user_attrs[_POINT]))


def open_study(journal: Path, is_maximised: bool) -> Study:
    """Open the study of a sweep, or begin it.

    Parameters
    ----------
    journal
        Its file; it belongs to this process alone, whoever died with it open.
    is_maximised
        Whether a higher value is better.
    """
    from optuna import create_study
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    _mend(journal)
    # Its lock is a file that only one process can make, which works on network disks.
    backend = JournalFileBackend(str(journal), lock_obj=JournalFileOpenLock(str(journal)))
    return create_study(
        storage=JournalStorage(backend),
        study_name="sweep",
        direction=_direction(is_maximised),
        load_if_exists=True,
    )


def _direction(is_maximised: bool) -> str:
    return "maximize" if is_maximised else "minimize"


def _mend(journal: Path) -> None:
    """Cut off what a process wrote of a line while it was killed, and take its lock away."""
    journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)
    if not journal.exists():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(journal, whole)


def _propose(study: Study, search: Search) -> None:
    """Add a trial of a point that was not tried yet, with one line in the journal."""
    from optuna.trial import TrialState, create_trial

    spaces, trials = _spaces(search.file), study.trials
    point = _asked(trials, search, spaces)
    study.add_trial(
        create_trial(
            state=TrialState.RUNNING,
            params=_parameters(search.file, point),
            distributions=spaces,
            user_attrs={_POINT: point},
        )
    )


def _asked(
    trials: Sequence[FrozenTrial], search: Search, spaces: dict[str, BaseDistribution]
) -> int:
    """Ask Optuna in memory, where nothing is left of proposals that were tried before."""
    from optuna import create_study
    from optuna.samplers import TPESampler

    random = step_generator(search.seed, _STREAM, len(trials))
    study = create_study(
        sampler=TPESampler(seed=int(random.integers(2**31))),
        direction=_direction(search.is_maximised),
    )
    study.add_trials(trials)
    known = {trial.user_attrs[_POINT] for trial in trials}
    for _ in range(_STUBBORN):
        point = _point(search.file, study.ask(spaces).params)
        if point not in known:
            return point
    while (point := int(random.integers(search.file.n_points))) in known:
        pass
    return point


def _spaces(file: SweepFile) -> dict[str, BaseDistribution]:
    """Return what Optuna chooses from: places in the order of numbers, or among other values."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    spaces: dict[str, BaseDistribution] = {}
    for key in file.varied:
        n = len(file.grid[key])
        # Neighbouring numbers are alike, which a sampler can use.
        is_ordered = _order(file.grid[key]) is not None
        spaces[key] = IntDistribution(0, n - 1) if is_ordered else CategoricalDistribution(range(n))
    return spaces


def _point(file: SweepFile, parameters: dict[str, int]) -> int:
    """Return the point that Optuna calls so."""
    places = {}
    for key, place in parameters.items():
        order = _order(file.grid[key])
        places[key] = place if order is None else order[place]
    return file.number(places)


def _parameters(file: SweepFile, point: int) -> dict[str, int]:
    """Return what Optuna calls a point; the inverse of `_point`."""
    found = {}
    for key, place in file.places(point).items():
        order = _order(file.grid[key])
        found[key] = place if order is None else order.index(place)
    return {key: found[key] for key in file.varied}


def _order(values: Sequence[Any]) -> list[int] | None:
    """Return the places of numbers from the lowest to the highest, or None for other values."""
    if any(type(value) not in (int, float) for value in values):
        return None
    return sorted(range(len(values)), key=lambda place: values[place])


def _has_failed(trial: FrozenTrial) -> bool:
    from optuna.trial import TrialState

    return bool(trial.state == TrialState.FAIL)


def _tell(study: Study, number: int, value: float | None) -> None:
    from optuna.trial import TrialState

    if value is None:
        study.tell(number, state=TrialState.FAIL)
    else:
        study.tell(number, value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from telling of every trial."""
    from optuna import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)
