"""The plan of a campaign: what every step takes, and whether that is allowed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.protocol import Backend
    from neuroqgan.cli.command import Output
    from neuroqgan.runs.campaign.campaign_folder import CampaignFolder
    from neuroqgan.runs.campaign.planned_step import LeftOut, PlannedStep
    from neuroqgan.runs.campaign.step_walk import StepWalk

    Walks = dict[PlannedStep, StepWalk]


def qpu_seconds(planned: Sequence[PlannedStep], walks: Walks) -> float:
    """Return the seconds of what is charged: used, and estimated for the rest."""
    charged = [step for step in planned if step.is_charged and step.estimate is not None]
    return sum(
        walks[step].seconds_used + walks[step].seconds_left
        if step in walks
        else step.estimate.seconds
        for step in charged
        if step.estimate is not None
    )


def used_seconds(walks: Walks) -> float:
    """Return the seconds that were used already, as services report them."""
    return sum(walk.seconds_used for step, walk in walks.items() if step.is_charged)


def check_seconds(charges: bool, seconds: float, most: int) -> None:
    """Refuse a campaign that takes longer than it may.

    Raises
    ------
    ConfigError
        If it does.
    """
    if charges and seconds > most:
        raise ConfigError(
            "The campaign takes too long.",
            expected=f"at most {most} s of the quantum processor",
            got=f"about {seconds:.0f} s",
            hint="fewer `samples`, some of the `steps`, or a larger `max_qpu_seconds`",
        )


def check_allowance(backend: Backend, seconds: float, output: Output) -> None:
    """Say what the instance may still use, and warn if that is not enough."""
    from neuroqgan.backends.remote import is_remote

    left = backend.service.allowance().left if is_remote(backend) else None
    if left is not None:
        output.note(f"Allowance: {left:.0f} s left in the current period of the instance.")
        if seconds > left:
            output.note("Warning: the campaign takes more than that.")


def show_campaign_plan(
    planned: Sequence[PlannedStep],
    walks: Walks,
    left_out: Sequence[LeftOut],
    output: Output,
    folder: CampaignFolder,
    *,
    to_stdout: bool,
    asks: bool,
) -> None:
    """Show every step with jobs, executions and seconds; what is asked is shown in any case."""
    say = output.say if to_stdout else partial(echo, err=True) if asks else output.note
    say(f"Campaign {folder.name}, {len(planned)} steps")
    say(f"{'step':<20}{'backend':<14}{'state':<12}{'jobs':>5}{'executions':>12}{'seconds':>9}  run")
    for step in planned:
        walk, estimate = walks.get(step), step.estimate
        state = _state(step, walk)
        figures = ("-", "-", "-")
        if estimate is not None:
            total = estimate.total
            figures = (f"{total.jobs}", f"{total.parameter_sets}", f"{total.seconds:.1f}")
        jobs, executions, seconds = figures
        say(
            f"{step.step.key:<20}{step.backend.name:<14}{state:<12}{jobs:>5}{executions:>12}"
            f"{seconds:>9}  {step.selection.folder.name}, {step.step.in_words}"
        )
        if walk is not None and walk.failed_before:
            say(f"{'':<20}failed before. {walk.failed_before}")
    for one in left_out:
        say(f"{one.step.key:<20}left out, {one.run}: {one.reason}")
    charged = [step for step in planned if step.is_charged]
    if charged:
        say(
            f"Total: about {qpu_seconds(planned, walks):.0f} s of the quantum processor, of which "
            f"{used_seconds(walks):.0f} s are used already."
        )
    else:
        say("Nothing is charged; seconds are what the device itself would take.")


def _state(step: PlannedStep, walk: StepWalk | None) -> str:
    """Return how far a step is; a run that is not made yet is trained first, or has weights."""
    if walk is not None:
        return walk.state
    return "to train" if step.selection.pretrained is None else "to do"


def left_out_as_json(step: LeftOut) -> dict[str, str]:
    """Return a step that cannot be sampled, ready for JSON."""
    return {"step": step.step.key, "run": step.run, "reason": step.reason}


def plan_as_json(
    folder: CampaignFolder,
    planned: Sequence[PlannedStep],
    walks: Walks,
    left_out: Sequence[LeftOut],
    seconds: float,
) -> dict[str, Any]:
    """Return the plan, ready for JSON."""
    return {
        "campaign": folder.name,
        "steps": [
            {
                "step": step.step.key,
                "run": step.selection.folder.name,
                "backend": step.backend.name,
                "settings": dict(step.step.settings),
                "state": _state(step, walks.get(step)),
                "plan": None if step.estimate is None else step.estimate.to_dict(),
            }
            for step in planned
        ],
        "left_out": [left_out_as_json(step) for step in left_out],
        "qpu_seconds": seconds,
    }
