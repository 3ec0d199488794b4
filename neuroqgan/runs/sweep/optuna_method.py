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

    from numpy.random import Generator
    from optuna import Study
    from optuna.trial import Trial

    from neuroqgan.runs.sweep.method import Search
    from neuroqgan.runs.sweep.sweep_file import SweepFile

    Ordered = dict[str, tuple[int, ...]]

ROUND = 8
"""Points per round."""

JOURNAL = "optuna.jsonl"
"""Name of the file that Optuna keeps its trials in."""

_POINT, _ABANDONED = "point", "abandoned"
# Of the random numbers.
_STREAM = 71
# Proposals in a row that were tried before, after which one is drawn.
_STUBBORN = 20


def optuna_points(search: Search) -> Iterator[Sequence[int]]:
    """Yield proposals of Optuna, in rounds; see `neuroqgan.runs.sweep.method.Chooser`."""
    with _quiet():
        study = open_study(search.folder / JOURNAL, search.is_maximised)
        _abandon(study)
        asked = _asked(study)
        while True:
            # A sweep that was killed may have been asked for half a round.
            missing = min(search.n_trials - len(asked), -len(asked) % ROUND)
            if not asked or (len(asked) % ROUND == 0 and not _waiting(study)):
                missing = min(ROUND, search.n_trials - len(asked))
            for _ in range(missing):
                asked.append(_ask(study, search, set(asked)))
            waiting = _waiting(study)
            if not waiting:
                return
            yield [point for _, point in waiting]
            for number, point in waiting:
                _tell(study, number, search.value_of(point))


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
    backend = JournalFileBackend(str(journal), lock_obj=JournalFileOpenLock(str(journal)))
    return create_study(
        storage=JournalStorage(backend),
        study_name="sweep",
        direction="maximize" if is_maximised else "minimize",
        load_if_exists=True,
    )


def _mend(journal: Path) -> None:
    """Cut off what a process wrote of a line while it was killed, and take its lock away."""
    journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)
    if not journal.exists():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(journal, whole)


def _asked(study: Study) -> list[int]:
    """Return all points that were asked for, in their order."""
    return [trial.user_attrs[_POINT] for trial in study.trials if _POINT in trial.user_attrs]


def _waiting(study: Study) -> list[tuple[int, int]]:
    """Return trials whose value is not known yet, with their points."""
    return [
        (trial.number, trial.user_attrs[_POINT])
        for trial in study.trials
        if _POINT in trial.user_attrs and not trial.state.is_finished()
    ]


def _ask(study: Study, search: Search, known: set[int]) -> int:
    """Ask for a point that is not known yet."""
    from optuna.samplers import PartialFixedSampler, RandomSampler, TPESampler
    from optuna.trial import TrialState

    for attempt in range(_STUBBORN + 1):
        number = sum(_ABANDONED not in trial.user_attrs for trial in study.trials)
        random = step_generator(search.seed, _STREAM, number)
        seed = int(random.integers(2**31))
        study.sampler = TPESampler(seed=seed)
        if attempt == _STUBBORN:
            drawn = _parameters(search.file, _unknown(random, search.file.n_points, known))
            study.sampler = PartialFixedSampler(drawn, RandomSampler(seed=seed))
        trial = study.ask()
        point = _proposed(trial, search.file)
        if point not in known:
            break
        study.tell(trial, state=TrialState.FAIL)
    trial.set_user_attr(_POINT, point)
    return point


def _unknown(random: Generator, n_points: int, known: set[int]) -> int:
    """Draw a point that is not known yet."""
    while (point := int(random.integers(n_points))) in known:
        pass
    return point


def _abandon(study: Study) -> None:
    """Give up what a process was asking for while it was killed; it is then asked for again."""
    from optuna.trial import Trial, TrialState

    for trial in study.trials:
        if _POINT not in trial.user_attrs and not trial.state.is_finished():
            Trial(study, trial._trial_id).set_user_attr(_ABANDONED, True)
            study.tell(trial.number, state=TrialState.FAIL)


def _parameters(file: SweepFile, point: int) -> dict[str, int]:
    """Return what Optuna calls a point; the inverse of `_proposed`."""
    found, settings = {}, file.settings(point)
    for key in file.varied:
        values = file.grid[key]
        place = [type(one) is type(settings[key]) and one == settings[key] for one in values]
        order = _order(values)
        found[key] = place.index(True) if order is None else order.index(place.index(True))
    return found


def _proposed(trial: Trial, file: SweepFile) -> int:
    """Return the point that a trial proposes."""
    places = {}
    for key in file.varied:
        values = file.grid[key]
        order = _order(values)
        if order is None:
            places[key] = trial.suggest_categorical(key, list(range(len(values))))
        else:
            # Neighbouring numbers are alike, which a sampler can use.
            places[key] = order[trial.suggest_int(key, 0, len(values) - 1)]
    return file.number(places)


def _order(values: Sequence[Any]) -> list[int] | None:
    """Return the places of numbers from the lowest to the highest, or None for other values."""
    if any(type(value) not in (int, float) for value in values):
        return None
    return sorted(range(len(values)), key=lambda place: values[place])


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
