"""The steps of a campaign, and the generators that they sample.

A step is one raster. To add a step, add a line to `STEPS`; its settings are those of the
configuration (`neuroqgan.runs.config_keys`) that choose how a raster is sampled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(StrEnum):
    """Where a step is sampled."""

    IDEAL = "ideal simulator"
    SNAPSHOT = "simulated device"
    DEVICE = "device"


@dataclass(frozen=True)
class CampaignGenerator:
    """A generator that campaigns sample if none of one's own is named.

    Parameters
    ----------
    settings
        That train it, or choose among the pretrained weights, by key.
    pretrained
        Name of weights that come with the package; empty if it is trained first.
    """

    settings: Mapping[str, Any]
    pretrained: str = ""

    @property
    def preset(self) -> str:
        """Its kind of generator."""
        return str(self.settings["preset"])


GENERATORS = {
    "latent": CampaignGenerator({"preset": "stationary"}, "salamander-10"),
    "memory": CampaignGenerator({"preset": "memory"}, "salamander-10"),
    "history": CampaignGenerator({"preset": "history"}, "salamander-10"),
    "one-bin": CampaignGenerator(
        {
            "preset": "history",
            "past": "one-bin",
            "covariates": "trial-time",
            "neurons": "0:10",
            "name": "campaign-one-bin",
        }
    ),
    # Without gates between neurons, one job is possible on lattices of any kind.
    "one-bin-apart": CampaignGenerator(
        {
            "preset": "history",
            "past": "one-bin",
            "entangling": "none",
            "covariates": "trial-time",
            "neurons": "0:10",
            "name": "campaign-one-bin-apart",
        }
    ),
}


@dataclass(frozen=True)
class Step:
    """One raster of a campaign.

    Parameters
    ----------
    key
        Name of the step.
    generator
        A key of `GENERATORS`.
    place
        Where it is sampled.
    settings
        How it is sampled, by key of the configuration.
    """

    key: str
    generator: str
    place: Place = Place.DEVICE
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """How it is sampled."""
        words = [f"{key.replace('_', ' ')} {value}" for key, value in self.settings.items()]
        return ", ".join(words) or "as measured"


STEPS = (
    Step("latent-ideal", "latent", Place.IDEAL),
    Step("memory-ideal", "memory", Place.IDEAL),
    Step("history-ideal", "history", Place.IDEAL),
    Step("one-bin-ideal", "one-bin", Place.IDEAL),
    Step("one-bin-apart-ideal", "one-bin-apart", Place.IDEAL),
    Step("latent-simulated", "latent", Place.SNAPSHOT, {"mitigate": "readout"}),
    Step("memory-simulated", "memory", Place.SNAPSHOT, {"mitigate": "readout"}),
    Step("one-bin-simulated", "one-bin", Place.SNAPSHOT, {"mitigate": "readout"}),
    Step("latent-raw", "latent"),
    Step("latent-readout", "latent", settings={"mitigate": "readout"}),
    Step("latent-twirled", "latent", settings={"twirling": "both"}),
    Step("latent-decoupled", "latent", settings={"dynamical_decoupling": "XY4"}),
    Step("latent-read-twice", "latent", settings={"redundant_readout": 2}),
    Step("latent-postselected", "latent", settings={"postselect": "edge"}),
    Step("memory-readout", "memory", settings={"mitigate": "readout"}),
    Step("memory-decoupled", "memory", settings={"dynamical_decoupling": "XY4"}),
    Step(
        "one-bin-one-job",
        "one-bin",
        settings={"multi_bin_circuit": "qubit-reuse", "mitigate": "readout"},
    ),
    Step(
        "one-bin-apart-one-job",
        "one-bin-apart",
        settings={"multi_bin_circuit": "qubit-reuse", "mitigate": "readout"},
    ),
    Step("one-bin-by-bin", "one-bin", settings={"bins_per_job": 1, "mitigate": "readout"}),
    Step("history-by-bin", "history", settings={"mitigate": "readout"}),
)
"""All steps, in the order in which they are sampled and shown."""


def choose_steps(names: str | None) -> tuple[Step, ...]:
    """Return the steps of these names, in their own order.

    Parameters
    ----------
    names
        Names of steps or of generators, separated by commas; None for all.

    Raises
    ------
    ConfigError
        If there is none of a name.

    Examples
    --------
    >>> [step.key for step in choose_steps("memory,latent-readout")][:2]
    ['memory-ideal', 'memory-simulated']
    """
    if names is None:
        return STEPS
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    known = {step.key for step in STEPS} | set(GENERATORS)
    if not wanted or wanted - known:
        raise ConfigError(
            "There is no such step of a campaign.",
            expected=f"names among {', '.join(sorted(known))}",
            got=", ".join(sorted(wanted - known)) or "none",
            hint="leave `steps` out for all of them",
        )
    return tuple(step for step in STEPS if {step.key, step.generator} & wanted)
