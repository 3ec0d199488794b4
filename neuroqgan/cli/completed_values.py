"""What a shell can complete of the values of options and arguments.

This is the only list: `add_completions` looks parameters up here by their name, so commands say
nothing about it. Shells ask at every press of Tab, so nothing heavy is imported, and whatever
cannot be read is not suggested.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Known = dict[str, str]
"""Values with a few words about each, which some shells show."""

_NEWEST_JOBS = 100
_SHORT = 8
# What help writes for values that are no words of a list.
_PLACEHOLDERS = {"FILE", "LIST", "NAME", "PATH", "QUERY"}


def run_names() -> Known:
    """Return the runs of the user."""
    from neuroqgan.home import home

    found = (home() / "runs").glob("*/config.toml")
    return {
        path.parent.name: ""
        for path in sorted(found)
        if path.parent.name[0] != "." and path.parent.name.isprintable()
    }


def presets() -> Known:
    """Return the presets of generators."""
    from neuroqgan.models.presets import find_preset, preset_names

    return {name: find_preset(name).summary for name in preset_names()}


def backends() -> Known:
    """Return simulators, snapshots of devices, and schemes of plugins; no service is asked."""
    from importlib.util import find_spec

    from neuroqgan.backends.kinds import KINDS
    from neuroqgan.backends.names import schemes

    known = {kind: about.summary for kind, about in KINDS.items() if about.naming == "alone"}
    client = find_spec("qiskit_ibm_runtime")
    for root in (client and client.submodule_search_locations) or ():
        for file in sorted(Path(root).glob("fake_provider/backends/*/conf_*.json")):
            known[f"fake_{file.parent.name}"] = KINDS["fake"].summary
    known["ibm:least-busy"] = "device of IBM with the fewest jobs"
    return known | {f"{scheme}:": "plugin" for scheme in schemes()}


def recordings() -> Known:
    """Return the recordings that need no path."""
    from neuroqgan.data.sources import NAMED

    return {name: about.summary for name, about in NAMED.items()}


def covariates() -> Known:
    """Return the choices of covariates that are no files."""
    from neuroqgan.runs.config_keys import NAMED

    return dict.fromkeys(sorted(NAMED), "")


def pretrained() -> Known:
    """Return the weights that come with the package."""
    import json
    from importlib import resources

    # Not by `neuroqgan.runs.pretrained`, which imports numpy.
    file = resources.files("neuroqgan") / "pretrained" / "index.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    return dict.fromkeys(sorted({weights["name"] for weights in index["weights"]}), "")


def accounts() -> Known:
    """Return the names of the saved accounts."""
    from neuroqgan.backends.ibm.account_file import saved

    return dict.fromkeys(saved(), "")


def tracker_names() -> Known:
    """Return the trackers of trainings."""
    from neuroqgan.training.trackers.tracker_registry import trackers

    return {name: kind.summary for name, kind in trackers().items()}


def job_states() -> Known:
    """Return the states of jobs."""
    from neuroqgan.jobs.state import JobState

    return {state.value: "" for state in JobState}


def job_ids() -> Known:
    """Return the newest jobs by the first digits of their ids, read from an SQLite store."""
    import sqlite3

    from neuroqgan.home import home

    path = home() / "jobs.sqlite"
    if os.environ.get("NEUROQGAN_DATABASE_URL", "").strip() or not path.is_file():
        return {}
    query = "SELECT id, backend, state FROM jobs ORDER BY created DESC LIMIT ?"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0.2)) as database:
        rows = database.execute(query, [_NEWEST_JOBS]).fetchall()
    return {id_[:_SHORT]: f"{backend}, {state}" for id_, backend, state in rows} | {
        "latest": "the newest job"
    }


@dataclass(frozen=True)
class Completed:
    """How a value is completed.

    Parameters
    ----------
    known
        Returns the values that are known.
    files
        Whether it may be a file as well.
    """

    known: Callable[[], Known] = dict
    files: bool = False

    def suggest(self, incomplete: str) -> list[CompletionItem[str]]:
        """Return the values that begin like what was typed.

        Parameters
        ----------
        incomplete
            What was typed.
        """
        known: Known = {}
        # A damaged file or a database that is busy must not put a traceback into the prompt.
        with suppress(Exception):
            known = self.known()
        items = [CompletionItem(incomplete, type="file")] if self.files else []
        return items + [
            CompletionItem(value, help=words or None)
            for value, words in known.items()
            if value.startswith(incomplete)
        ]


BY_NAME = {
    "run": Completed(run_names),
    "runs": Completed(run_names),
    "preset": Completed(presets),
    "backend": Completed(backends),
    "finetune_on": Completed(backends),
    "data": Completed(recordings, files=True),
    "source": Completed(recordings, files=True),
    "covariates": Completed(covariates, files=True),
    "pretrained": Completed(pretrained),
    "account_name": Completed(accounts),
    "job_id": Completed(job_ids),
    "job_ids": Completed(job_ids),
    "state": Completed(job_states),
    "tracker": Completed(tracker_names),
    "generated": Completed(run_names, files=True),
    "against": Completed(recordings, files=True),
    "training": Completed(files=True),
    "replay": Completed(run_names),
}
"""By name of the parameter, whatever the command."""

OF_GENERATED = BY_NAME | {"name": Completed(run_names)}
"""Of options that are generated from the keys of a configuration, where a name is that of a run."""

BY_COMMAND = {
    ("backends show", "name"): Completed(backends),
    ("campaign", "device"): Completed(backends),
    ("account remove", "name"): Completed(accounts),
}
"""Of parameters whose name means something else in other commands."""


class CompletedText(click.types.StringParamType):
    """Text of which a shell completes some values.

    Parameters
    ----------
    completed
        Which.
    """

    def __init__(self, completed: Completed) -> None:
        self.completed = completed

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Return the values that begin like what was typed."""
        return self.completed.suggest(incomplete)


def add_completions(program: click.Group) -> None:
    """Give the values of all commands their completions, those of generated options aside.

    Parameters
    ----------
    program
        The command line.
    """
    for path, command in _commands(program):
        own = {name: found for (where, name), found in BY_COMMAND.items() if where == path}
        complete(command.params, BY_NAME | own)


def complete(parameters: Iterable[click.Parameter], known: dict[str, Completed]) -> None:
    """Give the values of parameters their completions.

    Parameters
    ----------
    parameters
        Of a command.
    known
        What completes them, by name; those of which help lists all values complete these.
    """
    for parameter in parameters:
        found = known.get(str(parameter.name)) or _choices(parameter)
        if found is not None and parameter.type is click.STRING:
            parameter.type = CompletedText(found)


def _choices(parameter: click.Parameter) -> Completed | None:
    """Return the words that stand for the value in help, if it is one of them."""
    words = str(getattr(parameter, "metavar", None) or "").split("|")
    if len(words) < 2 or _PLACEHOLDERS & set(words):
        return None
    return Completed(lambda: dict.fromkeys(words, ""))


def _commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, part in group.commands.items():
        whole = f"{path} {name}".strip()
        if isinstance(part, click.Group):
            yield from _commands(part, whole)
        else:
            yield whole, part
